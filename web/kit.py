"""The kit that app.py bound to the running app."""

from flask import current_app

from incidents.kit import Kit


def kit() -> Kit:
    """The kit of the app that answers this request."""
    bound: Kit = current_app.extensions["tocsin"]
    return bound

"""Tells machines how it is: /healthz (alive), /readyz (can work)."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from web.kit import kit

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    return jsonify({"alive": True})


@health.get("/readyz")
def ready() -> tuple[Response, int]:
    try:
        with kit().begin(reading=True) as tx:
            tx.execute(text("select 1"))
    except SQLAlchemyError:
        return jsonify({"ready": False, "because": "The database does not answer."}), 503
    return jsonify({"ready": True}), 200

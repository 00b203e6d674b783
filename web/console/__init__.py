"""The console: pages of the house for people who are signed in; every form is one act."""

from web.console import acts, evidence, incidents, mine, reports, words
from web.console.door import console

__all__ = ["acts", "console", "evidence", "incidents", "mine", "reports", "words"]

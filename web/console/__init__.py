"""The console: pages of the house for people who are signed in; every form is one act."""

from web.console import acts, affected, close, evidence, filings, incidents, mine, owed, reports, words
from web.console.door import console

__all__ = [
    "acts",
    "affected",
    "close",
    "console",
    "evidence",
    "filings",
    "incidents",
    "mine",
    "owed",
    "reports",
    "words",
]

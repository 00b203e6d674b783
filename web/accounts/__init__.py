"""Accounts of the people of the house: log-in by session, personal tokens, six roles; the hall knows only actors."""

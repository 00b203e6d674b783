"""Tests of the words that people read: every notice, language and form."""

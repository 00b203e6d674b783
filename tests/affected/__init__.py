"""Tests of the room affected."""

"""Tests of the room that tells one address one thing."""

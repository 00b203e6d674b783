"""Tests of laws and promises as data."""

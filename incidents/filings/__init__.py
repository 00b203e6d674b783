"""Regulator reports: prepared from the records, filled, approved, handed in by a person, acknowledged."""

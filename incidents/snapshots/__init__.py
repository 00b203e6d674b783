"""Snapshots: who is affected, frozen, versioned and sealed, with the difference between versions."""

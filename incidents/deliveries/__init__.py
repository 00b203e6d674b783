"""Deliveries: an approved notice reaches each person, one channel at a time, and what became of each is on record."""

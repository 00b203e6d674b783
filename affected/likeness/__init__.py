"""Likeness: rows that name people only by free text (names, birth dates, addresses), matched against the directory."""

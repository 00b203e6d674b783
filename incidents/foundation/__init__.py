"""What the hall stands on: clock, database, keys, settings, errors, jobs, privacy. Names nothing of the field."""

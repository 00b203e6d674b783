"""The REST door under /api/v1: bearer tokens, JSON in and out, problem documents for every no."""

"""Drills: the five stories, each carried along the path by people of the cast, on rehearsal providers."""

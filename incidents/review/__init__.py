"""The end of an incident: what is still owed, what was learned, and the proof that it was done."""

"""The command line: one file a noun or verb; `every.py` is the whole of it."""

"""Makes pictures of whatever people read, to be looked at by eyes; nothing here judges them. See `__main__.py`."""

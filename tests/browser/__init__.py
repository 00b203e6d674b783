"""The story in a real browser, and what axe says of the pages."""

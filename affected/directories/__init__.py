"""Where the rows of a directory lie: one file a kind of source, found by walking this folder."""

"""What the pages and the API show: read functions that give plain values, in the order they are read."""

"""Evidence: items in a write-once vault, each with its digest and its custody."""

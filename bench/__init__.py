"""What `make bench` runs: each figure as a ratio against a plain way to do the same work, side by side in one run."""

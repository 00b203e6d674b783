"""The store's tests once more, on the engines of a larger house."""

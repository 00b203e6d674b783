"""The room that tells one address one thing and learns what became of it; it knows no incident.

A channel is a folder here, a provider is a file in it; both are found by walking (registry.py).
"""

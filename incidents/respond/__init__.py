"""Plays an incident's playbook: what the machine can do it does, what people did it notices, what is late it says."""

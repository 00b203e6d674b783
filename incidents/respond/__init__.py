"""Plays an incident's playbook: what the machine can do it does, what people did it notices, what is late it says."""

from incidents.respond import sweep

__all__ = ["sweep"]  # whoever knows this folder has its jobs in the registry

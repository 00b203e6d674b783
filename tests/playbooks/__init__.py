"""Tests of the room of playbooks."""

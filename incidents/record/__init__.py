"""The incident and what is on record about it: parties, clock anchors, facts, roles, holds, journal, timeline."""

"""The public pages of each company: announcements and feeds, the check of a code, a report. No cookie, no tracking."""

from web.public import announcements, check, report
from web.public.door import public

__all__ = ["announcements", "check", "public", "report"]

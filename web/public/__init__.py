"""The public pages of each company: announcements and feeds, the check of a code, a report. No cookie, no tracking."""

import importlib
import pkgutil

from web.public.door import public

# A page is found by being here; each hangs itself on the blueprint.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["public"]

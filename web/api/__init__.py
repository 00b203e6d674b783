"""The REST door under /api/v1: bearer tokens, JSON in and out, problem documents for every no."""

import importlib
import pkgutil

from web.api.door import api

# A file of paths is found by being here; each hangs itself on the blueprint.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["api"]

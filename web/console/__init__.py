"""The console: pages of the house for people who are signed in; every form is one act."""

import importlib
import pkgutil

from web.console.door import console

# A page is found by being here; each hangs itself on the blueprint.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["console"]

"""What a person can do at a door: one act a verb, read once and hung on both the API and the console."""

import importlib
import pkgutil

from web.acts.act import acts

# An act is found by being here.
for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["acts"]

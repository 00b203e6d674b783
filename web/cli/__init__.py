"""The command line: one file a noun or verb, found by walking; `cli` is the whole of it."""

import importlib
import pkgutil

from web.cli.groups import cli

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["cli"]

"""The whole command line, `cli`: every noun and verb of this folder, found by walking it."""

import importlib
import pkgutil

import web.cli
from web.cli.groups import cli

for _module in pkgutil.iter_modules(web.cli.__path__):
    importlib.import_module(f"{web.cli.__name__}.{_module.name}")

__all__ = ["cli"]

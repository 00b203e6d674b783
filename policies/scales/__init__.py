"""Scales of how severe a breach is: one file a scale, found by walking; each an explained aid that decides no duty."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from packs import BadInput
from policies.scales.scale import Scale


@cache
def scales() -> Mapping[str, Scale]:
    """Every scale by its id: the module beside this file that has a SCALE. Raises BadInput where an id stands twice."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    listed = [module.SCALE for module in modules if hasattr(module, "SCALE")]
    found = {scale.id: scale for scale in listed}
    if len(found) < len(listed):
        raise BadInput("policies/scales: two files give the same id to their scale.")
    return found


def scale_of(wanted: str) -> Scale:
    """The scale with this id. Raises BadInput naming those that there are."""
    if wanted not in scales():
        raise BadInput(f"scale: there is no scale '{wanted}'; there are {', '.join(sorted(scales()))}.")
    return scales()[wanted]

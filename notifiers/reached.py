"""How a provider's servers are reached: the settings that all of them share, declared once, and the lines they open."""

from dataclasses import replace

from notifiers.http import Lines
from notifiers.provider import About, Field, Setup


def trusted(timeout: int = 60) -> tuple[Field, Field]:
    """The settings of any line: whose certificates are trusted, and how many seconds an answer may take."""
    return (
        Field("ca_file", "Certificates to trust, PEM; empty means the system's.", default=""),
        Field("timeout", "Seconds to wait for one answer.", default=str(timeout)),
    )


def at(address: str, sentence: str = "Where the API is.") -> tuple[Field, ...]:
    """The settings of a web API whose published address is `address`."""
    return (Field("base_url", sentence, default=address), *trusted())


def paced(most: float | None, sentence: str = "Messages a second.") -> Field:
    """The setting of how many units a second an account may send; without `most` nobody outside knows a number."""
    return Field("per_second", sentence, default="" if most is None else f"{most:g}")


def at_pace(about: About, setup: Setup) -> About:
    """`about` with the pace that is set, if one is. Raises BadInput where that is no number above zero."""
    if not setup["per_second"]:
        return about
    return replace(about, pace=replace(about.pace, per_second=setup.number("per_second")))


def base_of(setup: Setup, name: str = "base_url") -> str:
    """The address that is set, without a slash at its end."""
    return setup[name].rstrip("/")


def open_lines(setup: Setup, in_flight: int, *, outside: bool = False) -> Lines:
    """Lines that trust and wait as is set. Raises BadInput where the time-out is no number above zero."""
    return Lines(in_flight=in_flight, timeout=setup.number("timeout"), ca_file=setup["ca_file"], outside=outside)

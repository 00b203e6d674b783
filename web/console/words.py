"""How the pages say times, sizes and words: template filters."""

from datetime import datetime, timedelta
from decimal import Decimal

from markupsafe import Markup

from incidents.deliveries.takes import in_words
from web.console.door import console

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))


@console.app_template_filter("moment")
def moment(at: datetime | None) -> Markup:
    """A moment in UTC; the page's script adds the reader's own time beside it."""
    if at is None:
        return Markup('<span class="text-secondary">not yet</span>')
    return Markup('<time class="moment" datetime="{}">{}</time>').format(at.isoformat(), f"{at:%Y-%m-%d %H:%M}Z")


@console.app_template_filter("since")
def since(at: datetime | None, now: datetime) -> Markup:
    """How long ago, running on in the browser."""
    if at is None:
        return Markup("")
    return Markup('<span class="running" data-since="{}">{}</span>').format(at.isoformat(), span(now - at))


@console.app_template_filter("left")
def left(due_at: datetime | None, now: datetime) -> Markup:
    """How much time is left, or by how much it is overdue, running on in the browser."""
    if due_at is None:
        return Markup("")
    late = due_at <= now
    said = f"overdue by {span(now - due_at)}" if late else f"{span(due_at - now)} left"
    kind = "overdue" if late else "soon" if due_at - now < timedelta(hours=4) else "running"
    return Markup('<span class="running {}" data-due="{}">{}</span>').format(kind, due_at.isoformat(), said)


@console.app_template_filter("words")
def words(text: object) -> str:
    """A word of a closed vocabulary for reading: spaces for underscores."""
    return str(text).replace("_", " ")


@console.app_template_filter("size")
def size(count: int) -> str:
    """A size in bytes, in the unit that fits."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:,.0f} {unit}" if unit == "B" else f"{amount:,.1f} {unit}"
        amount /= 1024
    return f"{amount:,.1f} TiB"


@console.app_template_filter("long")
def long(seconds: float) -> str:
    """A length of time for people, in the unit that fits."""
    return in_words(timedelta(seconds=seconds))


@console.app_template_filter("money")
def money(amount: str) -> str:
    """An amount with its thousands set apart."""
    return f"{Decimal(amount):,}"


@console.app_template_filter("share")
def share(part: int, whole: int) -> str:
    """A share in percent; it is 100 only where nobody is missing, and 0 only where nobody is there."""
    if not part or part >= whole:
        return "0\u00a0%" if not part else "100\u00a0%"
    return f"{min(99.9, max(0.1, 100 * part / whole)):.1f}\u00a0%"


def span(length: timedelta) -> str:
    """A length of time in its two largest units, such as `3 h 12 min`."""
    seconds = int(abs(length.total_seconds()))
    parts: list[str] = []
    for unit, name in _UNITS:
        count, seconds = divmod(seconds, unit)
        if count or (parts and len(parts) < 2):
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "less than a minute"

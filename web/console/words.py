"""How the pages say times, numbers and words in their reader's language: template filters."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from incidents.deliveries.takes import in_words
from web.console.door import console
from web.languages import gettext as _
from web.languages import pgettext, spoken
from web.languages.catalogs import SOURCE
from web.languages.phrases import phrase

_UNITS = (86400, 3600, 60)


@console.app_template_filter("moment")
def moment(at: datetime | None) -> Markup:
    """A moment in UTC; the page's script adds the reader's own time beside it, for a person acts by their own clock."""
    if at is None:
        return Markup('<span class="text-secondary">{}</span>').format(_("not yet"))
    form = Markup('<time class="moment" datetime="{}"><span class="nowrap">{}</span></time>')
    return form.format(at.isoformat(), instant(at))


@console.app_template_filter("instant")
def instant(at: datetime) -> str:
    """A moment in UTC as plain text, its zone named: in the source language as logs and proofs have it (ISO 8601)."""
    if spoken().language == SOURCE:
        return f"{at:%Y-%m-%d %H:%M}Z"
    return f"{day(at.date())} {format_datetime(at, 'HH:mm', locale=spoken().locale)} UTC"


@console.app_template_filter("day")
def day(on: date) -> str:
    """A day."""
    return str(on) if spoken().language == SOURCE else format_date(on, "long", locale=spoken().locale)


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
    says = _says()
    said = (says["overdue"] if late else says["left"]).replace("{}", span(due_at - now))
    kind = "overdue" if late else "soon" if due_at - now < timedelta(hours=4) else "running"
    form = Markup('<span class="running {}" lang="{}" data-due="{}">{}</span>')
    return form.format(kind, spoken().language, due_at.isoformat(), said)


@console.app_template_global("ticking")
def ticking() -> Mapping[str, object]:
    """What the page's script says on clocks that run on: `{}` stands for the length of time or the count."""
    return _says() | {"units": _units()}


@console.app_template_global("charted")
def charted() -> Mapping[str, str]:
    """What the picture of a fan-out says; `{}` stands for a number."""
    return {"told": _("told"), "forecast": _("forecast"), "deadlines": _("%(number)s deadlines", number="{}")}


@console.app_template_filter("said")
def said(text: object) -> str:
    """A sentence that is fixed elsewhere, such as what a word of a closed vocabulary means."""
    return _(str(text))


@console.app_template_filter("valued")
def valued(found: object) -> object:
    """What a line of the record holds: a word that the catalogs know in the reader's language, else as it stands."""
    if isinstance(found, bool):
        found = "yes" if found else "no"
    if not isinstance(found, str):
        return found
    plain = found.replace("_", " ")
    known = pgettext("word", plain)
    return found if known == plain else known


@console.app_template_filter("words")
def words(text: object) -> str:
    """A word of a closed vocabulary for reading; one that no catalog knows is shown as plain words, in English."""
    plain = str(text).replace("_", " ")
    said = pgettext("word", plain)
    return english(plain.replace(".", " ")) if said == plain else said


@console.app_template_filter("sentence")
def sentence(text: object) -> Markup:
    """What the hall or a pack says in English, in the reader's language as far as the catalogs know it."""
    language = spoken().language
    said = phrase(str(text), language) if text and language != SOURCE else None
    return escape(said) if said else english(text)


@console.app_template_filter("english")
def english(text: object) -> Markup:
    """Text that stands in English whatever the reader's language, such as the citation of a law."""
    if spoken().language == SOURCE or not text:
        return escape(text)
    return Markup('<span lang="en">{}</span>').format(text)


@console.app_template_filter("speaking")
def speaking(texts: Mapping[str, str]) -> Markup:
    """What is written in several languages, in the reader's own or as far as the catalogs know it."""
    mine = texts.get(spoken().language)
    return escape(mine) if mine else sentence(texts.get("en", ""))


@console.app_template_filter("tongue")
def tongue(language: str) -> str:
    """A language by its name and its tag, such as Burmese (my)."""
    known = spoken().locale.languages.get(language.replace("-", "_"))
    return f"{known} ({language})" if known else str(valued(language))


@console.app_template_global("comma")
def comma() -> str:
    """What stands between the words of a list."""
    return pgettext("between the words of a list", ", ")


@console.app_template_filter("listed")
def listed(found: Iterable[object]) -> Markup:
    """Words one after another."""
    return escape(comma()).join(escape(one) for one in found)


@console.app_template_filter("number")
def number(count: float) -> str:
    """A number with its thousands set apart, in the digits of the references beside it."""
    return str(format_decimal(count, locale=spoken().locale))


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
    length = timedelta(seconds=seconds)
    if spoken().language == SOURCE:
        return in_words(length)
    return str(format_timedelta(length, granularity="minute", threshold=2, locale=spoken().locale))


@console.app_template_filter("margin")
def margin(seconds: float) -> str:
    """How long before or after a deadline something is done."""
    length = long(abs(seconds))
    return _("%(span)s to spare", span=length) if seconds >= 0 else _("%(span)s too late", span=length)


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
    for unit, form in zip(_UNITS, _units(), strict=False):
        count, seconds = divmod(seconds, unit)
        if count or (parts and len(parts) < 2):
            parts.append(form.replace("{}", str(count)))
    return " ".join(parts[:2]) or _("less than a minute")


def _says() -> dict[str, str]:
    return {"left": _("%(span)s left", span="{}"), "overdue": _("overdue by %(span)s", span="{}")}


def _units() -> list[str]:
    forms = (_("%(count)s d", count="{}"), _("%(count)s h", count="{}"))
    return [*forms, _("%(count)s min", count="{}"), _("%(count)s s", count="{}")]

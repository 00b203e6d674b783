"""Gathers every message of the console from its source, and brings the catalogs of each language to it (`make words`).

A message of one place stands in the catalog of that place (a template, or a folder of Python), one of several places in
`shared`. Words of closed vocabularies stand in the context "word", so that a label spelled alike may read otherwise.
"""

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po

from incidents.deliveries import call_counts
from incidents.notices.library import load_wording
from incidents.obligations import states
from incidents.record.holds import STOPS
from notifiers.registry import channels
from playbooks import progress
from playbooks.journal import StepWord
from playbooks.load import load_all
from playbooks.plan import Playbook
from policies.deadlines import phrase
from policies.load import everything, load
from policies.pack import Duty
from policies.vocabulary import AnchorName
from web.languages.catalogs import FOLDER, SOURCE, Language, languages
from web.languages.phrases import JOINTS
from web.languages.sentences import sentences

_ROOT = FOLDER.parents[2]
_TEMPLATES = FOLDER.parent
_HALL = ("affected", "policies", "playbooks", "notifiers", "incidents")
_OPTIONS = {"silent": "false", "newstyle_gettext": "true"}
# Where a fixed sentence stands that is said elsewhere: the name of the call -> the place or the name of its argument.
_SAID: Mapping[str, str | int] = {"act": "said"}
# Vocabularies that no page shows: words of packs, of engines, of formats, and of what happens between two states.
_INSIDE = {
    *("Op", "Join", "Roll", "Truth", "Shape", "KeyUse", "Malformed", "RowOutcome", "Found", "Event", "Flaw", "What"),
    *("Signal", "Answer", "Facet", "Sensitivity", "Filler", "Outcome", "Unsafe"),
}
# Vocabularies of which pages show the words, and never what they mean.
_BARE = {
    *("Reason", "LawState", "Decision", "Standing", "AgeBand", "Audience", "DeadlineKind", "Pace", "Unit"),
}
# Words that are no enumeration: what a fan-out does, what was done to an item, what a hold stops, where people stand.
_FAN_OUT = ("planning", "sending", "paused", "aborted", "ended")
_COUNTED = ("strangers", "unknown_ids", "unchanged")
_LINES = (*(f"obligation.{one}" for one in states.State), *(f"step.{one}" for one in StepWord))
_CHANNELS = ("channel.compromised", "channel.restored")
_PLAIN = (
    *(
        *_FAN_OUT,
        "collected",
        "read",
        "withdrawn",
        "subject",
        "title",
        "body",
        "plain",
        "html",
        "several",
        "yes",
        "no",
        "public_page",
    ),
    *("assessment", "affects", "company", "certainty", "is_drill"),
    *("reached", "exceeded", "undercut", "earlier", "later", "begins", "ends", "before", "after", "behind"),
    *("part", "parts", "practice", "hour", "calendar day", "business day", "month", "unknown", "ready", "waiting"),
    *(*STOPS, *call_counts.WORDS, *_COUNTED, *_LINES, *_CHANNELS),
)
_PURPOSES = ("collected for the incident", "to find who is affected")
_SENTENCES = (*call_counts.WORDS.values(), *progress.STATES.values(), *_PURPOSES)
Said = tuple[str | None, str | tuple[str, str]]  # context, and the message or its two numbers


def messages() -> Mapping[str, Catalog]:
    """place -> every message that stands in its catalog, without a translation."""
    places: dict[Said, set[str]] = {}
    found_at = (*_of_templates(), *_of_python(), *_of_vocabularies(), *_of_words(), *_of_laws(), *_of_sentences())
    for place, said in found_at:
        places.setdefault(said, set()).add(place)
    found: dict[str, Catalog] = {}
    for (context, message), at in sorted(places.items(), key=lambda one: (one[0][0] or "", str(one[0][1]).lower())):
        place = at.pop() if len(at) == 1 else "shared"
        found.setdefault(place, Catalog()).add(message, context=context)
    return found


def bring_up_to_date(language: Language, gathered: Mapping[str, Catalog]) -> None:
    """Write the catalogs of `language`: what is new is empty, what is gone is dropped, what moved keeps its words."""
    folder = FOLDER / language.language
    known = {key: string for path in folder.glob("*.po") for key, string in strings(path, language).items()}
    for path in folder.glob("*.po"):
        path.unlink()
    for place, template in gathered.items():
        catalog = Catalog(locale=language.locale, fuzzy=False, header_comment="")
        for message in template:
            if message.id:
                catalog.add(message.id, known.get((message.context, key(message.id)), ""), context=message.context)
        with (folder / f"{place}.po").open("wb") as stream:
            write_po(stream, catalog, width=118, omit_header=True)


def strings(path: Path, language: Language) -> dict[Said, Any]:
    """(context, message) -> its translation, or one for each number, of one file."""
    with path.open("rb") as stream:
        catalog = read_po(stream, locale=language.locale)
    return {(one.context, key(one.id)): one.string for one in catalog if one.id}


def _of_templates() -> Iterator[tuple[str, Said]]:
    for path in sorted(_TEMPLATES.rglob("*.html")):
        with path.open("rb") as stream:
            for _, message, _, context in extract("jinja2", stream, DEFAULT_KEYWORDS, options=_OPTIONS):
                yield path.stem, (context, key(message))


def _of_python() -> Iterator[tuple[str, Said]]:
    for folder in ("web", "incidents"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            if "cli" in path.parts:
                continue
            with path.open("rb") as stream:
                for _, message, _, context in extract(
                    "python", stream, {**DEFAULT_KEYWORDS, "pgettext": ((1, "c"), 2)}
                ):
                    yield folder, (context, key(message))
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    yield from ((folder, said) for said in _said_by(node))
                elif isinstance(node, ast.FunctionDef):
                    yield from ((folder, ("word", name.replace("_", " "))) for name in _named_on_lines(node))


def _said_by(call: ast.Call) -> Iterator[Said]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    given: dict[int | str | None, ast.expr] = dict(enumerate(call.args))
    given |= {one.arg: one.value for one in call.keywords}
    said = given.get(_SAID.get(name, ""))
    if isinstance(said, ast.Constant):
        yield None, str(said.value)
    missing = given.get(0)
    if name == "NotFound" and isinstance(missing, ast.Constant):
        yield "word", str(missing.value)
    kind = given.get(2)  # of a line of the timeline: a noun and a verb
    if name == "append" and isinstance(kind, ast.Constant):
        yield "word", str(kind.value).replace("_", " ")


def _named_on_lines(function: ast.FunctionDef) -> Iterator[str]:
    # What the detail of a line of the timeline is called: the names in the plain dicts of whoever appends one.
    inner = list(ast.walk(function))
    if any(isinstance(node, ast.Call) and "timeline.append" in ast.unparse(node.func) for node in inner):
        for node in inner:
            if isinstance(node, ast.Dict):
                yield from (str(name.value) for name in node.keys if isinstance(name, ast.Constant))


def _of_vocabularies() -> Iterator[tuple[str, Said]]:
    here = {module.name: room for room in _HALL for module in pkgutil.walk_packages([str(_ROOT / room)], f"{room}.")}
    for module in here:
        importlib.import_module(module)
    for vocabulary in _below(StrEnum):
        room, name = here.get(vocabulary.__module__), vocabulary.__name__
        if room is not None and name not in _INSIDE:
            yield from ((room, said) for word in vocabulary for said in _meanings(word, bare=name in _BARE))


def _meanings(word: StrEnum, *, bare: bool) -> Iterator[Said]:
    yield "word", word.replace("_", " ")
    sentence: str = getattr(word, "sentence", "")
    if sentence and not bare:
        yield None, sentence


def _of_words() -> Iterator[tuple[str, Said]]:
    yield from (("incidents", ("word", word.replace("_", " "))) for word in _PLAIN)
    yield from (("incidents", (None, sentence)) for sentence in _SENTENCES)
    # As a sentence on a deadline names them: became aware, handling ended.
    yield from (("policies", ("word", phrase(name))) for name in AnchorName)
    yield from (("shared", ("between parts", joint)) for joint in JOINTS)
    for name, wording in load_wording().notices.items():
        yield "notices", ("word", name)
        yield from (("notices", (None, hole.says)) for hole in wording.placeholders.values())
    for plan in load_all().values():
        said = (plan.title, plan.suits, *(fact.question for fact in plan.facts.values()))
        yield from (("playbooks", (None, one)) for one in (*said, *_of_steps(plan)))
        yield from (("playbooks", ("word", step.action.replace("_", " "))) for step in plan.steps if step.action)
    for name, channel in channels().items():
        yield from (("notifiers", ("word", name.replace("_", " "))), ("notifiers", (None, channel.label)))


def _of_sentences() -> Iterator[tuple[str, Said]]:
    for room in (*_HALL, "web"):
        yield from ((room, said) for said in sentences(_ROOT, room))


def _of_laws() -> Iterator[tuple[str, Said]]:
    packs = load()
    for law in everything(packs).values():
        duties = (said for duty in law.duties for said in _of_duty(duty))
        said = (law.title, law.state_note, law.records, *law.notes, *duties)
        yield from (("laws", (None, one)) for one in said if one)
    told = (one for law in everything(packs).values() for one in (law.authority, *law.other_authorities) if one)
    listed = (one for every in packs.authorities.values() for one in every.values())
    yield from (("authorities", (None, one.name["en"])) for one in (*told, *listed) if "en" in one.name)
    for words in packs.words.values():
        yield from (("questions", (None, one)) for one in (words.ask, words.yes, words.no, words.unit) if one)


def _of_duty(duty: Duty) -> Iterator[str | None]:
    yield from (duty.does, duty.note)
    yield from (case.to for case in duty.deadline.cases)
    yield duty.deadline.stretch.says if duty.deadline.stretch else None


def _of_steps(plan: Playbook) -> Iterator[str]:
    for step in plan.steps:
        yield from (step.title, *step.how)


def _below(kind: type[StrEnum]) -> Iterator[type[StrEnum]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def key(message: str | list[str] | tuple[str, ...]) -> str | tuple[str, str]:
    """A message, or its two numbers, as it is compared."""
    return message if isinstance(message, str) else (message[0], message[1])


if __name__ == "__main__":
    for one in languages().values():
        if one.language != SOURCE:
            bring_up_to_date(one, messages())

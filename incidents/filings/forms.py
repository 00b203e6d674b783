"""The report forms: each is a folder under templates/reports with a form.yaml, found by walking.

A form says which questions an authority asks at which stage, from which place of the dossier each is answered,
how it is handed in, and how surely all that is known.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from incidents.filings.dossier import Shape, shape_of
from incidents.foundation.errors import BadInput, NotFound
from incidents.record.timeline import digest_of
from packs import Strict, read_pack
from policies.vocabulary import AnchorName, ContentElement, Known
from policies.words import Word

REPORTS = Path(__file__).parents[2] / "templates" / "reports"


class Stage(Word):
    """How far a report has come; a form names those that its law knows, in this order."""

    INITIAL = "initial", "The first report, with what is known."
    INTERMEDIATE = "intermediate", "A report that a law asks for between the first and the last."
    SUPPLEMENTARY = "supplementary", "What was to follow, and what has changed."
    FINAL = "final", "The closing report."


def _known_path(path: str) -> str:
    shape_of(path)
    return path


def _known_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"'{name}' is no time zone") from None


Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?$")]
Localised = Annotated[dict[Language, Annotated[str, Field(min_length=1)]], Field(min_length=1)]
DossierPath = Annotated[str, AfterValidator(_known_path)]


class StageRule(Strict):
    """What a stage is called, and which anchors its submission sets for the party."""

    title: Localised
    sets: tuple[AnchorName, ...] = ()


class Channel(Strict):
    """A way in which the authority takes the report; `spoken` where no paper is handed over."""

    id: Slug
    name: Localised
    address: str | None = None
    spoken: bool = False
    known: Known


class Question(Strict):
    """One question. `from` is a path into the dossier; `free` lets a person write the answer.

    `fulfils`: the pieces of content, as the laws name them, that its answer is.
    `required`: the stages at which an empty answer is a gap; before them it is "to follow".
    `only_if`: a path to a yes or no of the dossier; the question is asked only when it is yes.
    """

    id: Slug
    fulfils: tuple[ContentElement, ...] = Field(min_length=1)
    ask: Localised
    required: tuple[Stage, ...] = ()
    from_: DossierPath | None = Field(default=None, alias="from")
    free: bool = False
    limit: int | None = Field(default=None, gt=0)
    choices: dict[Slug, Localised] = Field(default_factory=dict)
    only_if: DossierPath | None = None
    known: Known | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if self.from_ is None and not self.free:
            raise ValueError("a question needs `from`, or `free: true`")
        if self.from_ is not None and self.free and shape_of(self.from_) is not Shape.TEXT:
            raise ValueError(f"`{self.from_}` comes from the records and is never typed; leave `free` out")
        if self.only_if is not None and shape_of(self.only_if) is not Shape.FLAG:
            raise ValueError(f"only_if: `{self.only_if}` is no yes or no")
        return self

    def required_at(self, stage: Stage) -> Self:
        """The same question, for a report in which it must be answered at `stage`, too."""
        return self.model_copy(update={"required": (*self.required, stage)})


class Section(Strict):
    """Questions under one heading, shown at these stages; `item` is the number that the law gives it, if any."""

    id: Slug
    title: Localised
    stages: tuple[Stage, ...] = Field(min_length=1)
    item: str | None = None
    questions: tuple[Question, ...] = Field(min_length=1)


class Form(Strict):
    """A report form. `citation`, `known` and `to_confirm` say where it comes from and how surely."""

    form: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: Localised
    citation: Localised
    known: Known
    to_confirm: bool = False
    confidence: Localised
    zone: Annotated[str, AfterValidator(_known_zone)]
    language: Language
    stages: dict[Stage, StageRule] = Field(min_length=1)
    channels: tuple[Channel, ...] = Field(min_length=1)
    sections: tuple[Section, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        ids = [question.id for question in self.questions()]
        for doubled in (each for each in ids if ids.count(each) > 1):
            raise ValueError(f"two questions are called '{doubled}'")
        for section in self.sections:
            _shows_what_it_requires(self, section)
        if self.language not in self.title:
            raise ValueError(f"the form has no text in its own language {self.language}")
        for text in _texts(self):
            if set(text) != set(self.title):
                raise ValueError(f"'{next(iter(text.values()))}' stands in other languages than the title does")
        return self

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which every text of the form stands; its own comes first."""
        return (self.language, *sorted(set(self.title) - {self.language}))

    @property
    def first_stage(self) -> Stage:
        """The stage with which a reporting begins."""
        return next(stage for stage in Stage if stage in self.stages)

    @cached_property
    def required_somewhere(self) -> frozenset[ContentElement]:
        """The pieces of content that the form itself requires at some stage, whatever the law behind a report."""
        return frozenset(piece for question in self.questions() if question.required for piece in question.fulfils)

    def questions(self) -> Iterator[Question]:
        """Every question in order."""
        for section in self.sections:
            yield from section.questions

    def question(self, wanted: str) -> Question:
        """One question. Raises NotFound."""
        for question in self.questions():
            if question.id == wanted:
                return question
        raise NotFound("question", wanted)

    def channel(self, wanted: str) -> Channel:
        """One way in. Raises NotFound."""
        for channel in self.channels:
            if channel.id == wanted:
                return channel
        raise NotFound("way to hand in this form", wanted)

    def time_zone(self) -> ZoneInfo:
        """The zone in which the authority reads times."""
        return ZoneInfo(self.zone)

    def digest(self) -> str:
        """SHA-256 of the form's content: a filing says with which edition of the form it was made."""
        return digest_of(self.model_dump(mode="json", by_alias=True))


@lru_cache(maxsize=4)
def read_forms(folder: Path = REPORTS) -> Mapping[str, Form]:
    """Every form under `folder` by id. Raises BadInput naming file, line and field of what is wrong."""
    found = {}
    for path in sorted(folder.glob("*/form.yaml")):
        form = read_pack(path, Form)
        if form.form != path.parent.name:
            raise BadInput(f"{path}:1: form: this form calls itself '{form.form}' and lies in '{path.parent.name}'.")
        found[form.form] = form
    return found


def find_form(wanted: str, forms: Mapping[str, Form]) -> Form:
    """One form. Raises NotFound."""
    if wanted not in forms:
        raise NotFound("report form", wanted)
    return forms[wanted]


def _shows_what_it_requires(form: Form, section: Section) -> None:
    _named_stages(form, section.id, section.stages)
    for question in section.questions:
        _named_stages(form, question.id, question.required)
        hidden = set(question.required) - set(section.stages)
        if hidden:
            raise ValueError(f"'{question.id}' is required at {min(hidden)}, where its section is not shown")


def _named_stages(form: Form, what: str, stages: tuple[Stage, ...]) -> None:
    for stage in stages:
        if stage not in form.stages:
            raise ValueError(f"'{what}' names the stage {stage}, which this form does not have")


def _texts(form: Form) -> Iterator[Mapping[str, str]]:
    yield from (form.citation, form.confidence)
    yield from (rule.title for rule in form.stages.values())
    yield from (channel.name for channel in form.channels)
    for section in form.sections:
        yield section.title
        for question in section.questions:
            yield question.ask
            yield from question.choices.values()

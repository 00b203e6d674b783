"""How the pages call authorities, companies, roles, forms and facts: by their names, not our ids; filters."""

from markupsafe import Markup

from incidents.filings.forms import read_forms
from incidents.filings.labels import read_labels
from incidents.obligations.tables import LedgerEntry
from policies.questions import question
from web.console.door import console
from web.console.words import english, sentence, speaking, words
from web.kit import kit
from web.languages import spoken


@console.app_template_filter("authority")
def authority(wanted: str) -> str:
    """An authority by its name, where a pack has it; else the word for whoever is told."""
    found = kit().packs.authority(wanted)
    return speaking(found.name) if found else words(wanted)


@console.app_template_filter("recipient")
def recipient(row: LedgerEntry) -> str:
    """To whom a duty is owed: the authority by its name, else the kind of people."""
    return authority(row.subject if kit().packs.authority(row.subject) else row.owed_to)


@console.app_template_filter("company")
def company(party: str) -> str:
    """A company by its own name; one for which it works (`company:own-id`) stays as it is called there."""
    house = kit().packs.house.get(party)
    return speaking(house.company) if house else party


@console.app_template_filter("role_name")
def role_name(role: str) -> str:
    """A role of the people in a directory, as the reports call it; one that they do not name is shown as it is."""
    label = read_labels(spoken().language).vocabularies["role"].get(role)
    return label or words(role)


@console.app_template_filter("form_title")
def form_title(form: str) -> str:
    """A report form by its title."""
    found = read_forms().get(form)
    return speaking(found.title) if found else english(form)


@console.app_template_filter("asked")
def asked(fact: str, party: str) -> Markup:
    """A fact by the question that asks for it."""
    said = question(kit().packs, fact, party)
    return english(words(fact)) if said == fact else sentence(said)

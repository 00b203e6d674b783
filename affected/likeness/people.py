"""The people of a directory by name, birth date and address, in the form in which evidence is compared with them."""

from collections.abc import Iterator

from sqlglot import exp

from affected.mapping import Contact, Mapping


def columns(mapping: Mapping) -> dict[str, str]:
    """The directory's column for each of the fields that are compared (likeness.fields.GIVEN), where it has one."""
    name, address = mapping.name, mapping.address
    said: dict[str, Contact | None] = {
        "given_name": name.given,
        "surname": name.family,
        "full_name": name.full,
        "birth_date": mapping.birth_date,
        "street_number": address.street_number,
        "address_1": address.line_1,
        "address_2": address.line_2,
        "suburb": address.suburb,
        "postcode": address.postcode,
        "address": mapping.contact.postal,
    }
    return {field: contact.column for field, contact in said.items() if contact is not None}


def has_names(mapping: Mapping) -> bool:
    """Whether the mapping says where people's names are."""
    return any((mapping.name.given, mapping.name.family, mapping.name.full))


def region(mapping: Mapping) -> str | None:
    """The country whose customs the directory's names follow: what it says of them, else that of its telephones."""
    said = (mapping.name.full, mapping.name.given, mapping.name.family, mapping.contact.phone)
    return next((contact.region for contact in said if contact is not None and contact.region), None)


def statement(mapping: Mapping) -> str:
    """(person_id, and the fields as the directory writes them) of everybody, from the view `source`."""
    return f"SELECT {', '.join(_selected(mapping))} FROM source"  # noqa: S608 - every name is quoted


def _selected(mapping: Mapping) -> Iterator[str]:
    yield f"TRIM(CAST({_quoted(mapping.person_id.column)} AS VARCHAR)) AS person_id"
    for field, column in columns(mapping).items():
        yield f"CAST({_quoted(column)} AS VARCHAR) AS {field}"


def _quoted(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")

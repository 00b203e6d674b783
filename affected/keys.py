"""Keys: identifiers as people write them become the normal forms that can be compared, many at a time."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from email_validator import EmailNotValidError, validate_email

from affected.phones import CN_MOBILE, phone_keys, sure_e164
from affected.words import Key, Malformed, Rule

SURE_EMAIL = (
    r"[a-z0-9_+&'*/=?^{}~-]+(?:\.[a-z0-9_+&'*/=?^{}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
KEYS = pa.schema(
    [("raw", pa.string()), ("kind", pa.string()), ("key", pa.string()), ("rule", pa.string()), ("sure", pa.bool_())]
)
REFUSED = pa.schema([("raw", pa.string()), ("reason", pa.string())])
_ANGLE = re.compile(r"<([^<>]+)>\s*$")
_SAME = ("device_token", "messenger_id", "postal")


def normalise(
    kind: str, raw: pa.Array, *, region: str | None = None, region_is_sure: bool = True
) -> tuple[pa.Table, pa.Table]:
    """Distinct spellings of one kind to (KEYS, REFUSED); a spelling is in one of the two, with several keys at times.

    `kind` is person_id, phone, email, contact (either of the two), device_token or messenger_id; `region` as in
    phones.phone_keys. What is surely E.164, a Chinese mobile number or a plain address never leaves Arrow.
    """
    raw = pc.unique(raw.cast(pa.string())).drop_null()
    sure = _plain(kind, raw, region)
    taken = pc.is_in(raw, value_set=sure.column("raw").combine_chunks())
    keys, refused = _slow(_reader(kind, region, region_is_sure), raw.filter(pc.invert(taken)).to_pylist())
    return pa.concat_tables([sure, keys]), refused


def email_key(raw: str) -> list[Key] | Malformed:
    """The address with domain and local part case-folded and the domain in its ASCII form, or why it is none.

    The local part is case-sensitive by RFC 5321 2.3.11, but no provider people use treats it so.
    """
    angle = _ANGLE.search(raw)
    text = (angle.group(1) if angle else raw).strip().strip("\"'").removeprefix("mailto:").strip()
    if not text:
        return Malformed.EMPTY
    local, at, _ = text.rpartition("@")
    if not at:
        return Malformed.EMAIL_NO_AT
    if not local:
        return Malformed.EMAIL_BAD_LOCAL
    try:
        seen = validate_email(
            text,
            check_deliverability=False,
            globally_deliverable=False,
            allow_smtputf8=True,
            allow_quoted_local=True,
        )
    except EmailNotValidError as error:
        return Malformed.EMAIL_BAD_LOCAL if "before the @" in str(error) else Malformed.EMAIL_BAD_DOMAIN
    if "." not in seen.ascii_domain:
        return Malformed.EMAIL_BAD_DOMAIN
    return [Key("email", f"{seen.local_part.casefold()}@{seen.ascii_domain.casefold()}", Rule.EMAIL, True)]


def person_id_keys(raw: str) -> list[Key] | Malformed:
    """The id as written, and what it was before a spreadsheet added `.0` or zeros in front."""
    text = raw.strip()
    if not text:
        return Malformed.EMPTY
    keys = [Key("person_id", text, Rule.PERSON_ID, True)]
    whole = re.sub(r"(?<=\d)\.0+$", "", text)
    for repaired in dict.fromkeys((whole, whole.lstrip("0") if whole.isdecimal() else whole)):
        if repaired and repaired != text:
            keys.append(Key("person_id", repaired, Rule.PERSON_ID_REPAIRED, False))
    return keys


def _reader(kind: str, region: str | None, region_is_sure: bool) -> Callable[[str], list[Key] | Malformed]:
    def phone(raw: str) -> list[Key] | Malformed:
        return phone_keys(_wide(raw), region, region_is_sure=region_is_sure)

    def contact(raw: str) -> list[Key] | Malformed:
        return email_key(_wide(raw)) if "@" in _wide(raw) else phone(raw)

    def same(raw: str) -> list[Key] | Malformed:
        return [Key(kind, raw.strip(), Rule(kind), True)] if raw.strip() else Malformed.EMPTY

    readers = {"phone": phone, "contact": contact, "email": lambda raw: email_key(_wide(raw))}
    readers["person_id"] = person_id_keys
    return same if kind in _SAME else readers[kind]


def _wide(text: str) -> str:
    """Full-width letters, digits and signs in their plain form (compatibility normalisation)."""

    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _plain(kind: str, raw: pa.Array, region: str | None) -> pa.Table:
    if kind == "person_id":
        return _plain_ids(raw)
    return KEYS.empty_table() if kind in _SAME else _fast(kind, raw, region)


def _plain_ids(raw: pa.Array) -> pa.Table:
    """What person_id_keys says of ids in plain letters and signs."""
    raw = raw.filter(pc.match_substring_regex(raw, r"^[ -~]*[!-~][ -~]*$"))
    text = pc.utf8_trim_whitespace(raw)
    whole = pc.replace_substring_regex(text, r"(\d)\.0+$", r"\1")
    shorn = pc.if_else(pc.match_substring_regex(whole, r"^\d+$"), pc.utf8_ltrim(whole, "0"), whole)
    parts = [_table(raw, "person_id", text, Rule.PERSON_ID)]
    for repaired, before in ((whole, text), (shorn, whole)):
        hit = pc.and_(pc.not_equal(repaired, before), pc.not_equal(repaired, ""))
        parts.append(_table(raw.filter(hit), "person_id", repaired.filter(hit), Rule.PERSON_ID_REPAIRED, sure=False))
    return pa.concat_tables(parts)


def _fast(kind: str, raw: pa.Array, region: str | None) -> pa.Table:
    found = []
    if kind != "phone":
        low = pc.utf8_lower(pc.utf8_trim_whitespace(raw))
        hit = pc.match_substring_regex(low, f"^{SURE_EMAIL}$")
        found.append(_table(raw.filter(hit), "email", low.filter(hit), Rule.EMAIL))
    if kind != "email":
        plain = pc.replace_substring_regex(pc.utf8_normalize(raw, "NFKC"), r"[\s()\-]+", "")
        plain = pc.replace_substring_regex(plain, rf"^00(86{CN_MOBILE})$", r"+\1")
        hit = pc.match_substring_regex(plain, f"^{sure_e164()}$")
        found.append(_table(raw.filter(hit), "phone", plain.filter(hit), Rule.PHONE_INTERNATIONAL))
        for pattern, front, rule in ((rf"^86{CN_MOBILE}$", "+", Rule.PHONE_NO_PLUS), *_national(region)):
            hit = pc.match_substring_regex(plain, pattern)
            value = pc.binary_join_element_wise(front, plain.filter(hit), "")
            found.append(_table(raw.filter(hit), "phone", value, rule))
    return pa.concat_tables(found)


def _national(region: str | None) -> tuple[tuple[str, str, Rule], ...]:
    return ((rf"^{CN_MOBILE}$", "+86", Rule.PHONE_NATIONAL),) if region == "CN" else ()


def _table(raw: pa.Array, kind: str, value: pa.Array, rule: Rule, *, sure: bool = True) -> pa.Table:
    n = len(raw)
    columns = [raw, pa.repeat(kind, n), value, pa.repeat(rule.value, n), pa.repeat(sure, n)]
    return pa.Table.from_arrays([c.cast(f.type) for c, f in zip(columns, KEYS, strict=True)], schema=KEYS)


def _slow(read: Callable[[str], list[Key] | Malformed], spellings: Iterable[str]) -> tuple[pa.Table, pa.Table]:
    keys: list[tuple[object, ...]] = []
    refused: list[tuple[str, str]] = []
    for raw in spellings:
        found = read(raw)
        if isinstance(found, Malformed):
            refused.append((raw, found.value))
        else:
            keys.extend((raw, k.kind, k.value, k.rule.value, k.sure) for k in found)
    return _rows(keys, KEYS), _rows(refused, REFUSED)


def _rows(rows: list[tuple[object, ...]] | list[tuple[str, str]], schema: pa.Schema) -> pa.Table:
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [[] for _ in schema]
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)

"""The closed words of the room: rules that found a person, reasons a row is malformed, outcomes, standings, steps."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """How an identifier in the evidence was read, and so how a person was found."""

    PERSON_ID = "person_id"  # the directory's own id, spaces trimmed
    PERSON_ID_REPAIRED = "person_id_repaired"  # the id without a spreadsheet's ".0" or leading zeros
    EMAIL = "email"  # the address, case and spelling of the domain made equal
    PHONE_INTERNATIONAL = "phone_international"  # written with + or 00 and a country code
    PHONE_NATIONAL = "phone_national"  # no country code; the country is known from the evidence or the directory
    PHONE_NO_PLUS = "phone_no_plus"  # a country code without + or 00
    PHONE_ASSUMED_COUNTRY = "phone_assumed_country"  # no country code and nobody said which country
    PHONE_REPAIRED = "phone_repaired"  # letters taken for digits, the country code twice, an extension run on
    DEVICE_TOKEN = "device_token"  # noqa: S105 - the kind of an address
    MESSENGER_ID = "messenger_id"
    GUARDIAN_EMAIL = "guardian_email"  # the address is the guardian's, so the child is meant
    GUARDIAN_PHONE = "guardian_phone"
    LIKENESS = "likeness"  # name, birth date and address are so like that it is probably this person
    PREDICATE = "predicate"  # a condition over the directory's own fields holds
    INVENTORY = "inventory"  # their data lay in a system that was reached
    REVIEWED = "reviewed"  # no evidence: a reviewer named this person, with a reason
    BULK_ACTION = "bulk_action"  # a log shows an export or a list without record ids, said to be of such people


class Malformed(StrEnum):
    """Why a row, or the identifier in it, could not be read."""

    EMPTY = "empty"  # the row holds no identifier
    UNDECODABLE = "undecodable"  # bytes that are no text in the file's encoding
    RAGGED = "ragged"  # more or fewer cells than the heading, and nothing readable in their places
    NOT_JSON = "not_json"  # a line that is no JSON object
    PHONE_NOT_A_NUMBER = "phone_not_a_number"
    PHONE_TOO_SHORT = "phone_too_short"
    PHONE_TOO_LONG = "phone_too_long"
    PHONE_IMPOSSIBLE = "phone_impossible"  # a length that its country does not have
    PHONE_UNKNOWN_COUNTRY = "phone_unknown_country"
    EMAIL_NO_AT = "email_no_at"
    EMAIL_BAD_LOCAL = "email_bad_local"
    EMAIL_BAD_DOMAIN = "email_bad_domain"
    NO_RECORD_ID = "no_record_id"  # a line of an access log that names no record
    BULK_ACTION = "bulk_action"  # a line of an access log that reads many people at once and names none
    BAD_TIME = "bad_time"  # a line of an access log whose time cannot be read
    NOT_A_LOG_LINE = "not_a_log_line"  # a line that the log's format does not explain


class RowOutcome(StrEnum):
    """What became of one row of evidence; every row has exactly one."""

    MATCHED = "matched"  # it means one person
    AMBIGUOUS = "ambiguous"  # it means several people; all of them are affected
    UNDECIDED = "undecided"  # it is like people of the directory, and a person has to look whether it means them
    UNMATCHED = "unmatched"  # well formed, but in no directory
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"  # says the same as an earlier row of the same evidence


class Membership(StrEnum):
    """How a person comes to stand in an answer."""

    AFFECTED = "affected"  # found by evidence
    UNDECIDED = "undecided"  # a predicate can be neither affirmed nor denied of them, or a row is only like them
    STRANGER = "stranger"  # an address in the evidence that is in no directory


class Certainty(StrEnum):
    """How sure it is that a person is affected."""

    CERTAIN = "certain"
    PROBABLE = "probable"  # found by likeness alone, with the probability in `why`
    POSSIBLE = "possible"


class Standing(StrEnum):
    """What the directory says of the account."""

    ACTIVE = "active"
    DELETED = "deleted"
    ANONYMISED = "anonymised"
    STRANGER = "stranger"  # in no directory


class AgeBand(StrEnum):
    """Age on the day the set is resolved; a person is 14, or 18, from that birthday on."""

    UNDER_14 = "under_14"
    FROM_14_TO_17 = "14_to_17"
    ADULT = "adult"
    UNKNOWN = "unknown"


UNKNOWN = "unknown"


@dataclass(frozen=True)
class Key:
    """One way to read an identifier: its kind (of address, or person_id), normal form, rule, and if that is sure."""

    kind: str
    value: str
    rule: Rule
    sure: bool

"""What is sent: an opaque reference, an address that never shows itself, and the words in the channel's form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class AddressKind(StrEnum):
    """The closed list of address kinds; a channel writes to one of them."""

    DEVICE_TOKEN = "device_token"  # noqa: S105 - a kind of address
    PHONE = "phone"  # E.164
    EMAIL = "email"
    POSTAL = "postal"
    MESSENGER_ID = "messenger_id"
    ACCOUNT = "account"  # the person's own id in the company's app
    PUBLIC = "public"  # everybody: the announcement


@dataclass(slots=True)
class Address:
    """Where a message goes. Its value is personal data: no repr, log or exception shows it."""

    kind: AddressKind
    value: str = field(repr=False)

    def __str__(self) -> str:
        return f"<{self.kind} address>"


@dataclass(slots=True)
class Message:
    """One notice rendered for one address.

    `reference` is opaque and is all that a provider learns beside address and words; it comes back in receipts.
    `texts` holds the pieces the channel needs: short (sms), title and body (push), subject, plain and html (email,
    announcement). `sender_name` is the name that people know the sender by, `zone` that in which they say days.
    """

    reference: str
    to: Address
    texts: Mapping[str, str] = field(repr=False)
    sender_name: str = ""
    language: str = ""
    zone: str = "UTC"


@dataclass(frozen=True)
class Inquiry:
    """A question to a provider: what became of this message? `message` helps where no provider reference is known."""

    reference: str
    provider_reference: str | None = None
    message: Message | None = None

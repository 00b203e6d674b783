"""Where a provider, or the machine that takes a mailbox's mail, processes data: attested by name, or else outside."""

from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import ProviderRegion
from incidents.foundation.clock import Clock
from incidents.foundation.errors import BadInput
from incidents.foundation.ids import new_id
from incidents.record.actor import Actor, ActorRole
from notifiers.provider import About
from notifiers.registry import entry_of
from notifiers.rehearsal import INSIDE

_MAIL = "mail:"


def attest(tx: Session, subject: str, *, region: str, because: str, by: Actor, clock: Clock) -> ProviderRegion:
    """Sign that `subject` processes data in `region` (ISO 3166-1 alpha-2), or with `region` "" that nobody says so any
    more. `subject` is a provider's id, or `mail:<domain>` for all mail exchangers under that domain.

    An earlier attestation is superseded and kept. Raises BadInput for a provider that does not exist, a word that is no
    country, or no reason.
    """
    by.must_be(ActorRole.COMPLIANCE)
    if not subject.startswith(_MAIL):
        entry_of(subject)
    if region and not (len(region) == 2 and region.isalpha() and region.isupper()):
        raise BadInput(f"region: '{region}' is no country code of two capital letters.")
    if not because.strip():
        raise BadInput("because: name the contract or statement that this rests on.")
    for earlier in tx.scalars(_in_force().where(ProviderRegion.provider == subject)):
        earlier.superseded_at = clock.now()
    signed = ProviderRegion(
        id=new_id("reg"),
        provider=subject,
        region=region,
        because=because.strip(),
        attested_by=by.id,
        attested_by_name=by.name,
        attested_at=clock.now(),
        superseded_at=None,
    )
    tx.add(signed)
    tx.flush()
    return signed


def attested(tx: Session) -> list[ProviderRegion]:
    """All attestations in force, for pages and the bundle."""
    return list(tx.scalars(_in_force().order_by(ProviderRegion.provider)))


class Regions:
    """The attestations of one moment, read once for a whole plan."""

    def __init__(self, rows: Mapping[str, str]) -> None:
        self._rows = rows

    @classmethod
    def read(cls, tx: Session) -> "Regions":
        return cls({row.provider: row.region for row in attested(tx) if row.region})

    def is_here(self, about: About) -> bool:
        """Whether the provider is this installation itself, so that nothing leaves it."""
        return about.processes_in == (INSIDE,)

    def of(self, provider_id: str) -> str | None:
        """The attested country, or None: outside."""
        return self._rows.get(provider_id)

    def of_mail_host(self, host: str) -> str | None:
        """The attested country of the longest domain that `host` lies under, or None."""
        labels = host.split(".")
        domains = (".".join(labels[number:]) for number in range(len(labels)))
        return next((self._rows[_MAIL + domain] for domain in domains if _MAIL + domain in self._rows), None)


def _in_force() -> Select[ProviderRegion]:
    return select(ProviderRegion).where(ProviderRegion.superseded_at.is_(None))

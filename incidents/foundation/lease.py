"""Leases: one process at a time does a thing, and loses the right to it when it falls silent."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from incidents.foundation.clock import Clock
from incidents.foundation.database import ALONE, Base


class Lease(Base):
    """Who holds the right to a thing, and until when."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until_at: Mapped[datetime]


def is_held(tx: Session, name: str, *, clock: Clock) -> bool:
    """Whether somebody holds the lease `name` now."""
    lease = tx.get(Lease, name)
    return lease is not None and lease.until_at > clock.now()


def hold_lease(tx: Session, name: str, holder: str, *, lasts: timedelta, clock: Clock) -> bool:
    """Take or renew the lease `name`; False while another holds it. The row's lock makes two takers wait in turn."""
    now = clock.now()
    lease = tx.get(Lease, name, with_for_update=ALONE)
    if lease is None:
        try:
            with tx.begin_nested():
                tx.add(Lease(name=name, holder=holder, until_at=now + lasts))
            return True
        except IntegrityError:  # two took it at once, before there was a row to wait for
            lease = tx.get_one(Lease, name, with_for_update=ALONE)
    if lease.holder != holder and lease.until_at > now:
        return False
    lease.holder, lease.until_at = holder, now + lasts
    return True

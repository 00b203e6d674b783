"""The approved words of one batch, read without those of every other variant of the notice, and whose days they say."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.deliveries.tables import Batch, FanOut
from incidents.notices.tables import NoticeVariant


def words_of(tx: Session, batch: Batch) -> Mapping[str, str]:
    """piece -> text, as approved for the batch's variant and channel.

    A fan-out holds the words of all its variants; decoding them for each of its batches grew with their square.
    """
    # One step after the other: PostgreSQL takes a path as one text, in which a variant's key would have to be quoted.
    query = select(FanOut.texts[batch.variant][batch.channel]).where(FanOut.id == batch.fan_out_id)
    found: Mapping[str, str] = tx.scalars(query).one()
    return found


def zone_of(tx: Session, batch: Batch) -> str | None:
    """The zone in which the words of the batch's variant say their days; None where it stands no more."""
    query = select(NoticeVariant.zone).join(FanOut, FanOut.notice_id == NoticeVariant.notice_id)
    return tx.scalars(query.where(FanOut.id == batch.fan_out_id, NoticeVariant.key == batch.variant)).first()

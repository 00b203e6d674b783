"""What planning and sending are handed: the approved text for a cohort or a controller, in a channel's form."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from incidents.foundation.errors import Refused
from incidents.notices.approve import digests, require_approved
from incidents.notices.files import PIECES, Format
from incidents.notices.tables import Notice, NoticeApproval, NoticeVariant
from incidents.notices.texts import Sources
from notifiers.channel import Channel
from notifiers.message import AddressKind


def cleared(tx: Session, notice: Notice, language: str, *, sources: Sources) -> NoticeApproval:
    """Pass the gate as things stand now, and get the approval whose texts may be sent. Raises Refused."""
    now = digests(tx, notice, language, sources=sources)
    return require_approved(tx, notice, language=language, content_digest=now.content, audience_digest=now.audience)


def form_for(channel: Channel) -> Format:
    """The form whose pieces this channel carries. Raises Refused for a channel that no form fits."""
    by_address = {AddressKind.POSTAL: Format.LETTER, AddressKind.PUBLIC: Format.PAGE}
    if channel.address in by_address:
        return by_address[channel.address]
    for form, pieces in PIECES.items():
        if set(channel.pieces) == set(pieces):
            return form
    raise Refused("no_form", f"No form of a notice fits {channel.label}, which wants {', '.join(channel.pieces)}.")


def variant_keys(tx: Session, notice: Notice) -> Mapping[tuple[str, str], str]:
    """(cohort or controller, language) -> the key of the variant that its readers get.

    A cohort stands under one language only; a controller under each, for whoever speaks for it has a language.
    """
    found: dict[tuple[str, str], str] = {}
    for row in tx.scalars(select(NoticeVariant).where(NoticeVariant.notice_id == notice.id)):
        for reader in [row.subject] if row.subject else row.cohorts:
            found[(reader, row.language)] = row.key
    return found


def text_for(approval: NoticeApproval, variant_key: str, form: Format) -> Mapping[str, str]:
    """The approved pieces, byte for byte, of one variant. Raises Refused where the notice has no such form."""
    forms = approval.texts.get(variant_key, {})
    if form not in forms:
        raise Refused("no_form", f"This notice has no approved text in the form '{form}'.")
    pieces: Mapping[str, str] = forms[form]
    return pieces

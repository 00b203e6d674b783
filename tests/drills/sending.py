"""What the cast does to send: each approved notice in each of its languages, until nothing is due any more."""

from typing import Any

from incidents.deliveries.control import fan_outs
from incidents.deliveries.plan import Terms
from incidents.deliveries.progress import Progress, progress
from incidents.deliveries.reach import Reach
from incidents.deliveries.received import recipients_of
from incidents.deliveries.start import reach, send_notice
from incidents.notices.tables import Notice
from incidents.notices.texts import languages
from notifiers.mx import Found, MailExchangers
from tests.drills.cast import WRITER, Drill
from worker import Worker

NO_SCRIPT = "nobody"  # the audience of what our own staff reads from
HOURS = (0.3, 1.2, 7, 25)  # after each of these a provider that can be asked is asked again


def mail_is_here(domain: str) -> MailExchangers:
    """Every example domain's mail exchanger, without asking the network."""
    return MailExchangers(Found.HOSTS, (f"mx.{domain}",))


def send_everything(drill: Drill, *, terms: Terms | None = None) -> int:
    """The writer sends every approved notice that is for somebody; how many fan-outs that made."""
    made = 0
    for notice in drill.notices():
        if notice.audience["kind"] == NO_SCRIPT:
            continue
        for language in drill.spoken(notice):
            send_notice(drill.kit, notice.id, language, by=WRITER, terms=terms, look_up=mail_is_here)
            made += 1
    return made


def work(drill: Drill) -> None:
    """The worker does what is due now."""
    Worker(drill.kit, threads=1, name="drill").run_until_idle()


def work_for_a_day(drill: Drill) -> None:
    """The worker does what is due now and, asking the providers again, until a day has passed."""
    work(drill)
    for hours in HOURS:
        drill.later(hours=hours)
        work(drill)


def standing(drill: Drill) -> dict[tuple[str, str], Progress]:
    """How each fan-out stands, by wording and language."""
    with drill.kit.begin() as tx:
        wordings = {notice.id: notice.wording for notice in drill.notices()}
        found = fan_outs(tx, drill.incident_id)
        return {
            (wordings[one.notice_id], one.language): progress(tx, one) for one in found if one.notice_id in wordings
        }


def got(drill: Drill, notice: Notice) -> dict[str, list[tuple[str, str, str]]]:
    """Who got a notice, by language."""
    with drill.kit.begin() as tx:
        return {word: recipients_of(tx, notice.id, word, kit=drill.kit)[0] for word in languages(tx, notice)}


def could_reach(drill: Drill, reference: str, language: str, **terms: Any) -> Reach:
    """Who could be told by which way, before anything is sent."""
    (notice,) = [one for one in drill.notices() if one.reference == reference]
    return reach(drill.kit, notice.id, language, **terms)

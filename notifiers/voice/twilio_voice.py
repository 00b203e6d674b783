"""Twilio calls: the notice is said only to whoever presses the key that says they are meant; keys come by webhook."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any
from urllib.parse import quote, quote_plus

from notifiers.answers import answered, kept, lost, proof, read_json, retry_after
from notifiers.http import Answer, Call, Lost
from notifiers.message import Inquiry, Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent, Unanswered
from notifiers.provider import About, Field, Pace, Reply, Setup, Told, WebhookRequest
from notifiers.reached import at, at_pace, open_lines, paced
from notifiers.sms.twilio import NO_SUCH, SignedDoor, Template, template_of, verdict_of
from notifiers.verdict import LOG_IN, OURS, SLOWER, Verdict, for_good
from notifiers.voice import prompts
from notifiers.voice._twiml import MOST, TWIML, Speaker, hung_up
from packs import BadInput

ABOUT = About(
    id="twilio_voice",
    label="Twilio-Voice",
    fields=(
        Field("account_sid", "The account, beginning with AC."),
        Field("auth_token", "The account's secret; it also signs the webhooks.", secret=True),
        Field("from_number", "The number that people see calling (E.164), the account's own or verified."),
        Field("recordings", "Recorded notices, by their words' digest: my:0123456789ab=https://...", default=""),
        Field("machine_detection", "Enable, DetectMessageEnd (waits for the beep) or off.", default="Enable"),
        *at("https://api.twilio.com"),
        paced(1, "Calls a second that the account may begin."),
    ),
    proof=Outcome.READ,
    signed_receipts=True,
    asked_by_id_only=True,
    carries_reference=True,  # in the address that it calls back
    pace=Pace(per_second=1, burst=10, in_flight=50, source="one call a second for each account by default"),
    sources=(
        "https://www.twilio.com/docs/voice/api/call-resource",
        "https://www.twilio.com/docs/voice/twiml/gather",
        "https://www.twilio.com/docs/voice/answering-machine-detection",
    ),
)
End = tuple[Outcome, Reason | None, bool]
_P, _T = True, False
# Twilio's error codes at the beginning of a call. https://www.twilio.com/docs/api/errors
_CODES: Mapping[int, Verdict] = {
    **dict.fromkeys((10001, 20003), LOG_IN),
    10004: SLOWER,  # too many calls at once
    20429: SLOWER,
    22005: SLOWER,  # a day's calls wait already
    10005: OURS,  # calling is disabled for the account
    **dict.fromkeys((21210, 21212), OURS),  # the caller's number
    21219: OURS,  # an account on trial calls numbers that it knows only
    **dict.fromkeys((21202, 21203, 21215), for_good(Reason.NOT_PERMITTED)),  # a premium number; this country
    **dict.fromkeys((21211, 21217), for_good(Reason.INVALID_ADDRESS)),
    21214: for_good(Reason.UNREACHABLE),
    21216: for_good(Reason.BLOCKED),
    32018: for_good(Reason.TOO_LONG),
}
# https://www.twilio.com/docs/voice/api/call-resource#call-status-values. The end of one call is no word on the number:
# busy today, not for good. `completed` says that the line was open, not that anybody listened: whoever did was told of
# before, when the notice had been said (`unless_arrived`); who hung up first was not told.
_STATES: Mapping[str, End] = {
    **dict.fromkeys(("queued", "initiated", "ringing", "in-progress"), (Outcome.ACCEPTED, None, _T)),
    "completed": (Outcome.BOUNCED, Reason.NO_ANSWER, _T),
    "busy": (Outcome.BOUNCED, Reason.BUSY, _T),
    "no-answer": (Outcome.BOUNCED, Reason.NO_ANSWER, _T),
    "canceled": (Outcome.EXPIRED, Reason.OTHER, _T),
    "failed": (Outcome.BOUNCED, Reason.UNREACHABLE, _T),
}
# What the network said of a failed call, where the callback has it. RFC 3261 section 21; RFC 8197; RFC 8688.
_SIP: Mapping[str, End] = {
    "404": (Outcome.BOUNCED, Reason.INVALID_ADDRESS, _P),
    "410": (Outcome.BOUNCED, Reason.GONE, _P),
    "484": (Outcome.BOUNCED, Reason.INVALID_ADDRESS, _P),
    "604": (Outcome.BOUNCED, Reason.INVALID_ADDRESS, _P),
    "607": (Outcome.BOUNCED, Reason.BLOCKED, _P),
    "608": (Outcome.BOUNCED, Reason.BLOCKED, _P),
}
# `AnsweredBy`. https://www.twilio.com/docs/voice/answering-machine-detection. What a machine hears tells nobody.
_MACHINES: Mapping[str, End] = {
    "fax": (Outcome.BOUNCED, Reason.UNREACHABLE, _P),
    **dict.fromkeys(
        ("machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other"),
        (Outcome.BOUNCED, Reason.MACHINE, _T),
    ),
}
# The rest of a callback says whose number it is and in which town.
_KEPT = ("CallSid", "CallStatus", "AnsweredBy", "Digits", "CallDuration", "SipResponseCode", "Timestamp")
_GREETING, _NOTICE = "greeting", "notice"  # what was said before Twilio calls back in the middle of a call
_UNHEARD = "Calls need the public address of this house, at which it is told which key was pressed."
_RECORDING = re.compile(r"([A-Za-z-]+:[0-9a-f]{12})=(https://[^\s,]+)")


def open_provider(setup: Setup) -> "TwilioVoice":
    """One caller's number of one account. Raises BadInput for settings that cannot be read."""
    return TwilioVoice(setup)


class TwilioVoice:
    """Begins one call a message; told by signed callbacks, and can be asked about a call whose id is known."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.about = at_pace(ABOUT, setup)
        self._recordings = _recordings(setup["recordings"])
        self._template = _template(setup)
        self._door = SignedDoor(setup)
        self._lines = open_lines(setup, ABOUT.pace.in_flight)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message. What no voice here can say, and what is too long, is refused for good."""
        waiting = iter(messages)
        for first in waiting:
            unfit: list[Sent] = []
            for message, answer in self._lines.exchange(self._calls(chain((first,), waiting), unfit)):
                yield self._sent(message, answer)
            yield from unfit

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """What came when the greeting or the notice had been said, a key or nothing; or the end of a call."""
        fields, query = self._door.read(request)
        said = query.get("said", "")
        return [_receipt(fields, query.get("reference"), *_VERDICTS.get(said, _ended)(fields), said=said)]

    def reply(self, request: WebhookRequest, told: Told) -> Reply | None:
        """The notice for whoever has said that they are meant, if it is still to be told; else TwiML that hangs up."""
        fields, query = self._door.read(request)
        if "said" not in query:
            return None
        is_meant = query["said"] == _GREETING and fields.get("Digits") == prompts().key
        message = told(query.get("reference", "")) if is_meant else None
        if message is None:
            return Reply(TWIML, hung_up())
        speaker = Speaker(message.language, self._recordings)
        return Reply(TWIML, speaker.notice(message.texts["spoken"], self._action(message, _NOTICE)).encode())

    def lacks(self, texts: Mapping[str, str], language: str) -> list[str]:
        """What has to be set or recorded, as `Prepared`."""
        if not texts:
            return []
        address = [] if self._setup.callback_url else [_UNHEARD]
        return [*address, *Speaker(language, self._recordings).lacks(texts["spoken"])]

    def ask(self, inquiries: Sequence[Inquiry]) -> Iterator[Receipt | Unanswered]:
        """By Twilio's id only: a list of the calls to a number does not say which notice each of them said."""
        known = {index: inquiry for index, inquiry in enumerate(inquiries) if inquiry.provider_reference}
        calls = ((index, Call(self._question(one), None, self._template.headers)) for index, one in known.items())
        for index, answer in self._lines.exchange(calls):
            tree = answered(answer, "sid", no_such=NO_SUCH)
            if tree is None:
                yield Unanswered(known[index].reference)
            elif found := _flat(tree):
                yield _receipt(found, known[index].reference, *_ended(found), said="")

    def _calls(self, messages: Iterable[Message], unfit: list[Sent]) -> Iterator[tuple[Message, Call]]:
        """The calls up to the first message that cannot be said, so that a whole language without a voice is not read
        to its end before an outcome is given."""
        for message in messages:
            twiml = self._twiml(message)
            if isinstance(twiml, Sent):
                unfit.append(twiml)
                return
            yield message, self._call(message, twiml)

    def _twiml(self, message: Message) -> str | Sent:
        speaker, words = Speaker(message.language, self._recordings), message.texts["spoken"]
        if lacking := self.lacks(message.texts, message.language):
            why = {"why": " ".join(lacking)}
            return Sent(message.reference, Outcome.REFUSED, Reason.CONTENT_REFUSED, permanent=True, raw=why)
        if speaker.is_too_long(words):
            why = {"why": f"A call takes {MOST:,} bytes at once, and the notice said twice has more."}
            return Sent(message.reference, Outcome.REFUSED, Reason.TOO_LONG, permanent=True, raw=why)
        return speaker.greeting(message.sender_name, self._action(message, _GREETING))

    def _action(self, message: Message, said: str) -> str:
        return f"{self._setup.callback_url}?reference={quote_plus(message.reference)}&said={said}"

    def _call(self, message: Message, twiml: str) -> Call:
        callback = quote_plus(f"{self._setup.callback_url}?reference={quote_plus(message.reference)}")
        own = f"&StatusCallback={callback}&Twiml={quote_plus(twiml)}&To={quote_plus(message.to.value)}"
        body = self._template.body + own
        return Call(self._template.url, body.encode(), self._template.headers)

    def _sent(self, message: Message, answer: Answer | Lost) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        if answer.status in {200, 201}:
            taken = proof(answer.body, "sid", "status", "queue_time")
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=taken.get("sid"), raw=taken)
        tree = read_json(answer.body)
        verdict = verdict_of(tree, answer.status, _CODES)
        raw = kept(self._setup, tree, [message], self._setup["from_number"])
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=30.0)
        return verdict.sent(message.reference, raw, wait=wait)

    def _question(self, inquiry: Inquiry) -> str:
        return f"{self._template.url.removesuffix('.json')}/{quote(inquiry.provider_reference or '')}.json"


def _recordings(text: str) -> Mapping[str, str]:
    found = {}
    for part in text.split():
        one = _RECORDING.fullmatch(part)
        if one is None:
            raise BadInput(
                "TOCSIN_TWILIO_VOICE_RECORDINGS: write each as my:0123456789ab=https://..., a blank between."
            )
        found[one[1]] = one[2]
    return found


def _template(setup: Setup) -> Template:
    mode = setup["machine_detection"]
    if mode not in {"Enable", "DetectMessageEnd", "off"}:
        raise BadInput("TOCSIN_TWILIO_VOICE_MACHINE_DETECTION: it is Enable, DetectMessageEnd or off.")
    given = {} if mode == "off" else {"machine_detection": mode}
    own = {"To", "Twiml"}
    call = {"to": "", "from_": setup["from_number"], "twiml": "", **given}
    return template_of(setup, lambda client: client.calls.create(**call), without=own)


def _greeted(fields: Mapping[str, str]) -> End:
    """What is known when it was asked who has picked up; of the matter nothing was said yet."""
    key, by = fields.get("Digits", ""), fields.get("AnsweredBy", "")
    if key == prompts().key:
        return Outcome.ACCEPTED, None, _T
    if by in _MACHINES:
        return _MACHINES[by]
    # Another key is somebody else of the house; silence is somebody who would not say, or nobody.
    return Outcome.BOUNCED, Reason.SOMEBODY_ELSE if key else Reason.NO_ANSWER, _T


def _heard(fields: Mapping[str, str]) -> End:
    """What is proved when the notice was said to its end to somebody who had said that they are meant."""
    key, by = fields.get("Digits", ""), fields.get("AnsweredBy", "")
    # Where Twilio takes whoever answered for a machine, a key may be a tone on a tape: no proof of a reader.
    if by in _MACHINES:
        return (Outcome.DELIVERED, None, _T) if key == prompts().key else _MACHINES[by]
    return Outcome.READ if key == prompts().key else Outcome.DELIVERED, None, _T


def _ended(fields: Mapping[str, str]) -> End:
    state = fields.get("CallStatus", "")
    if state == "completed":
        return _MACHINES.get(fields.get("AnsweredBy", ""), _STATES[state])
    if state == "failed":
        return _SIP.get(fields.get("SipResponseCode", ""), _STATES[state])
    return _STATES.get(state, (Outcome.UNKNOWN, None, False))


_VERDICTS: Mapping[str, Callable[[Mapping[str, str]], End]] = {_GREETING: _greeted, _NOTICE: _heard}


def _receipt(
    fields: Mapping[str, str],
    reference: str | None,
    outcome: Outcome,
    reason: Reason | None,
    permanent: bool,
    *,
    said: str,
) -> Receipt:
    sid, state = fields.get("CallSid", ""), fields.get("CallStatus", "")
    event = f"{sid}:{said}:{fields.get('Digits', '')}" if said else f"{sid}:{state}"
    raw = {name: fields[name] for name in _KEPT if name in fields}
    return Receipt(outcome, event, None, reference, sid or None, reason, permanent, raw, unless_arrived=not said)


def _flat(tree: Mapping[str, Any]) -> dict[str, str]:
    names = {"sid": "CallSid", "status": "CallStatus", "answered_by": "AnsweredBy", "duration": "CallDuration"}
    return {new: str(tree[old]) for old, new in names.items() if tree.get(old) is not None}

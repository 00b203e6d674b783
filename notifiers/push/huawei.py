"""Huawei Push Kit for apps with HMS Core (Android): one request a device, receipts by the tag that each one carries."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import Any
from urllib.parse import urlencode

import orjson

from notifiers.answers import kept, lost, proof, read_json, retry_after
from notifiers.callback_id import FIELDS, receipt_of, signed_statuses
from notifiers.http import Answer, Call, Lost
from notifiers.message import Message
from notifiers.outcome import Outcome, Reason, Receipt, Sent
from notifiers.provider import About, Field, Pace, Setup, WebhookRequest
from notifiers.reached import at, at_pace, base_of, open_lines, paced
from notifiers.tokens import AccessToken, NoToken
from notifiers.verdict import LOG_IN_ENDED, OURS, SLOWER, UNSURE, Verdict, by_status, for_good, for_now

_REFERENCES = "https://developer.huawei.com/consumer/en/doc/HMSCore-References"
ABOUT = About(
    id="huawei",
    label="Huawei Push Kit",
    fields=(
        Field("client_id", "The app's OAuth 2.0 client id, from AppGallery Connect's project settings."),
        Field("client_secret", "The client's secret, from the same page.", secret=True),
        Field(
            "category",
            "The category that Huawei approved for these messages; without one they count as ads.",
            default="",
        ),
        Field("keep", "Seconds that a message waits for a device that is off.", default="259200"),
        *FIELDS,
        paced(6000, "Devices a second; AppGallery Connect shows the app's own quota."),
        *at("https://push-api.cloud.huawei.com", "Where the push API is."),
        Field("login_url", "Where access tokens are given.", default="https://oauth-login.cloud.huawei.com"),
    ),
    proof=Outcome.DELIVERED,
    scheme="huawei",
    signed_receipts=True,
    receipts_need=("receipt_user", "receipt_key"),
    carries_reference=True,  # a receipt brings the tag of its message back
    pace=Pace(
        per_second=6000,
        burst=1000,
        in_flight=512,
        source="devices a second; 6000 at least, by https://cloud.tencent.com/document/product/548/41407",
    ),
    sources=(
        f"{_REFERENCES}/https-send-api-0000001050986197",
        f"{_REFERENCES}/https-send-receipt-api-0000001051066120",
        "https://developer.huawei.com/consumer/cn/doc/development/HMSCore-Guides/commonerror-0000001059816656",
        "https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-msg-freq-control",
    ),
)

_P, _T = True, False
_TAKEN, _TOKEN_ENDED = "80000000", {"80200001", "80200003"}
# Huawei's code of an answer -> what it means for the one device of this request.
# https://developer.huawei.com/consumer/cn/doc/development/HMSCore-Guides/commonerror-0000001059816656
# https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-scenariozed-api-response (80100000)
_CODES: Mapping[str, Verdict] = {
    # Not this token, the only one. Named for tokens of another app, for a project or a package that is set up wrongly
    # and for an address of another version, too: what is of all may not give up everybody.
    **dict.fromkeys(("80100000", "80300007"), for_now(Reason.INVALID_ADDRESS)),
    "80100003": OURS,  # the message's structure, which is the same for all
    "80100016": for_good(Reason.CONTENT_REFUSED),  # words that Huawei does not carry
    **dict.fromkeys(_TOKEN_ENDED, LOG_IN_ENDED),  # where the log-in itself is wrong, no next one is given
    "80300002": for_now(Reason.NOT_PERMITTED),  # push is not switched on, or this one token is another project's
    "80300008": for_good(Reason.TOO_LONG),
    "80300037": OURS,  # the app is punished for a breach of their rules
    "81000001": UNSURE,  # an error inside: nobody says how far it had come
}
_STATUSES: Mapping[int, Verdict] = {
    404: OURS,  # no such client id in the address
    503: SLOWER,  # what Huawei calls traffic control
}
# Status of a receipt. Another status is UNKNOWN.
# https://developer.huawei.com/consumer/cn/doc/HMSCore-Guides/msg-receipt-guide-0000001050040176
_RECEIPTS: Mapping[int, tuple[Outcome, Reason | None, bool]] = {
    0: (Outcome.DELIVERED, None, _T),
    2: (Outcome.BOUNCED, Reason.GONE, _P),  # the app is not installed any more
    5: (Outcome.BOUNCED, Reason.GONE, _P),  # the token is of no user of this device
    6: (Outcome.BOUNCED, Reason.OPTED_OUT, _P),  # notifications are switched off
    10: (Outcome.BOUNCED, Reason.UNREACHABLE, _T),  # not seen for 30 days; not sent
    14: (Outcome.BOUNCED, Reason.PROVIDER_ERROR, _T),  # Huawei's own network
    15: (Outcome.BOUNCED, Reason.OTHER, _T),  # a later message took its place
    27: (Outcome.DEFERRED, None, _T),  # kept on the device
    31: (Outcome.BOUNCED, Reason.OTHER, _P),  # the system or the app does not take such a message
    102: (Outcome.BOUNCED, Reason.RATE_LIMITED, _T),  # too many for one device
    201: (Outcome.DEFERRED, None, _T),  # held back until the device says otherwise
}


def open_provider(setup: Setup) -> "Huawei":
    """One app of one project."""
    return Huawei(setup)


class Huawei:
    """The quota counts devices, so one request a device costs nothing, and its tag tells the receipt's message."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.about = at_pace(ABOUT, setup)
        self._url = f"{base_of(setup)}/v1/{setup['client_id']}/messages:send"
        self._lines = open_lines(setup, ABOUT.pace.in_flight)
        self._keep = setup.whole("keep")
        form = {"grant_type": "client_credentials", "client_id": setup["client_id"]}
        login = urlencode(form | {"client_secret": setup["client_secret"]}).encode()
        address = f"{setup['login_url'].rstrip('/')}/oauth2/v3/token"
        call = Call(address, login, ("Content-Type: application/x-www-form-urlencoded",))
        self._token = AccessToken(self._lines, lambda: call, setup.now)

    def send(self, messages: Iterable[Message]) -> Iterator[Sent]:
        """One outcome a message; a success that cannot be read is in doubt, as are 500 and 502 without a code."""
        try:
            token = self._token.value()
        except NoToken as no:
            yield from no.refused(messages)
            return
        headers = (f"Authorization: Bearer {token}", "Content-Type: application/json; charset=UTF-8")
        calls = (
            (message, Call(self._url, _body(message, self._setup["category"], self._keep), headers))
            for message in messages
        )
        for message, answer in self._lines.exchange(calls):
            yield self._sent(message, answer, token)

    def receipts(self, request: WebhookRequest) -> list[Receipt]:
        """The fates of up to a thousand devices."""
        statuses = signed_statuses(request, self._setup)
        return [receipt_of(status, status.get("status"), status.get("timestamp"), _RECEIPTS) for status in statuses]

    def _sent(self, message: Message, answer: Answer | Lost, token: str) -> Sent:
        if isinstance(answer, Lost):
            return lost(message.reference, answer)
        tree = read_json(answer.body)
        code = str(tree.get("code", ""))
        if answer.status == 200 and code == _TAKEN:
            taken = proof(answer.body, "code", "requestId")
            known = str(taken.get("requestId", "")) or None
            return Sent(message.reference, Outcome.ACCEPTED, provider_reference=known, raw=taken)
        if code in _TOKEN_ENDED:
            self._token.forget(token)
        raw = kept(self._setup, tree, [message], token)
        verdict = _CODES.get(code) or by_status(answer.status, _STATUSES)
        wait = retry_after(answer, now=self._setup.now().timestamp(), default=10.0)
        return verdict.sent(message.reference, raw, wait=wait)


def _body(message: Message, category: str, keep: int) -> bytes:
    token, tag = quoted(message.to.value), quoted(message.reference)
    opening = _opening(message.texts["title"], message.texts["body"], category, keep)
    return opening + f'{tag}}},"token":[{token}]}}}}'.encode()


@lru_cache(maxsize=256)
def _opening(title: str, body: str, category: str, keep: int) -> bytes:
    """The request up to the tag, which with the token is all that differs from person to person."""
    android: dict[str, Any] = {
        "ttl": f"{keep}s",
        "notification": {
            "title": title,
            "body": body,
            "click_action": {"type": 3},  # opens the app itself; no link
            "visibility": "PRIVATE",
            "foreground_show": True,
        },
    }
    if category:
        android["category"] = category
    whole = orjson.dumps({"validate_only": False, "message": {"android": android}})
    return whole[:-3] + b',"bi_tag":'

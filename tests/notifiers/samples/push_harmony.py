"""The stage of Huawei Push Kit for HarmonyOS 5 and later."""

from pathlib import Path
from typing import Any

from werkzeug import Response

from notifiers.outcome import Reason
from notifiers.provider import WebhookRequest
from notifiers.verdict import LOG_IN, OURS, SLOWER, UNKNOWN, UNSURE, for_good, for_now
from tests.loopback.harmony import KEY, LoopbackHarmony, not_this_token, refusal, signed
from tests.notifiers.samples import Answers, Stage

ADDRESS = "MAAAALgE4G98BAAAAst-token-of-mya"
# A code and its status, or a code and the cause that it names.
ANSWERS: Answers = {
    for_good(Reason.INVALID_ADDRESS): [
        ("80300007", "tokenFormatError"),
        ("80100000", "tokenFormatError"),
        ("80300007", " tokenPlatformNotSupport "),
    ],
    # Perhaps of the project, perhaps of this device: nobody is given up, and nobody else is stopped.
    for_now(Reason.INVALID_ADDRESS): [("80300007", "noRight"), ("80100000", "something new"), ("80300007", 400)],
    for_now(Reason.NOT_PERMITTED): [("80300007", "countryNotSupport"), ("80300002", 400)],
    OURS: [
        ("80300007", "noPushTypeRight"),
        ("80100000", "disableSendHuaweiMsgBecauseOfPenalty"),
        ("80300007", "appinfoError"),
        *(("80100003", 400), ("80300037", 400), ("", 404)),
    ],
    LOG_IN: [("80200001", 401), ("80200005", 401), ("80300036", 400), ("", 401)],
    for_good(Reason.TOO_LONG): [("80300008", 400)],
    SLOWER: [("", 429), ("", 503)],
    UNSURE: [("81000001", 400), ("99999999", 200), ("", 500), ("", 502)],
    UNKNOWN: [("99999999", 400), ("80300010", 400), ("", 403)],
}


def answer(_request: dict[str, Any], code: str, said: str | int) -> Response:
    """The provider's answer that says so."""
    return refusal(code, said) if isinstance(said, int) else not_this_token(said, ADDRESS, code)


def stage(folder: Path) -> Stage:
    server = LoopbackHarmony(folder)

    def say(answer):
        def set_script():
            server.script = lambda _request: answer()

        return set_script

    return Stage(
        environment=server.environment(),
        address=ADDRESS,
        secrets=(KEY, "PRIVATE KEY", "eyJ", ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say(lambda: not_this_token("tokenFormatError", ADDRESS)),
        throttle=say(lambda: refusal("", 503)),
        receipts=lambda _reference: [server.call_back(0), server.call_back(6, 256)],
        forged=(
            WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772802000, "another key")}, b'{"statuses":[]}'),
            WebhookRequest("/", {"X-HUAWEI-CALLBACK-ID": signed(1772800000)}, b'{"statuses":[]}'),
            WebhookRequest("/", {}, b'{"statuses":[]}'),
        ),
        judge=server.judge,
    )

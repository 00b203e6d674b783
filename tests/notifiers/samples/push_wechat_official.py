"""The stage of WeChat official accounts."""

from pathlib import Path

from notifiers.provider import WebhookRequest
from tests.loopback.weixin import AES_KEY, APP_SECRET, TOKEN, LoopbackWeixin, event, refusal, sealed
from tests.notifiers.samples import Stage
from tests.notifiers.samples.push_wechat_mini import ANSWERS, answer

__all__ = ["ANSWERS", "answer", "stage"]  # the codes are those of every account

ADDRESS = "oABCD-openid-of-li"


def stage(_folder: Path) -> Stage:
    server = LoopbackWeixin("wechat_official")

    def say(code: int):
        def set_script():
            server.script = lambda request: None if "stable_token" in request["path"] else refusal(code)

        return set_script

    def receipts(_reference: str) -> list[WebhookRequest]:
        number = next(iter(server.taken))
        return [sealed(event(number, status)) for status in ("success", "failed:user block")]

    return Stage(
        environment=server.environment()
        | {"TOCSIN_WECHAT_OFFICIAL_WEBHOOK_TOKEN": TOKEN, "TOCSIN_WECHAT_OFFICIAL_AES_KEY": AES_KEY},
        address=ADDRESS,
        secrets=(APP_SECRET, AES_KEY, TOKEN, "61_token", ADDRESS),
        stop=server.stop,
        web=server,
        refuse=say(40003),
        throttle=say(45009),
        receipts=receipts,
        forged=(
            sealed(event("1", "success"), token="another"),
            sealed(event("1", "success"), at=1772800000),
            sealed(event("1", "success"), app_id="wx-of-another"),
            WebhookRequest("/receipts/x", {}, event("1", "success").encode()),
        ),
        judge=server.judge,
    )

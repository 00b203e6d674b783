"""The stage of the SMTP relay."""

from pathlib import Path

from tests.loopback.smtp import LoopbackSmtp
from tests.notifiers.samples import Stage

ADDRESS = "mya@there.example"


def stage(_folder: Path) -> Stage:
    server = LoopbackSmtp()
    return Stage(
        environment={**server.environment(), "TOCSIN_SMTP_PASSWORD": "secret-of-the-relay"},
        address=ADDRESS,
        secrets=("secret-of-the-relay", ADDRESS),
        stop=server.stop,
        refuse=lambda: setattr(server, "refuses", "550 5.1.1 no such mailbox"),
        throttle=lambda: setattr(server, "refuses", "421 4.7.0 too many messages"),
    )

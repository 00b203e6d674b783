"""firebase-admin, send_each with 500 messages a call, which sends them from as many threads."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from firebase_admin import credentials, initialize_app, messaging

from bench.peers.measured import measured, told
from bench.peers.wording import BODY, PROJECT, TITLE, token

CALL = 500  # the most that the SDK takes


def open_app(base: str) -> None:
    """The SDK's default app, pointed at `base`; its address is no setting, so it is replaced in the class."""
    messaging._MessagingService.FCM_URL = base + "/v1/projects/{0}/messages:send"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    account = {"type": "service_account", "project_id": PROJECT, "private_key_id": "1", "private_key": pem}
    account |= {"client_email": "sender@house.example", "client_id": "1", "token_uri": f"{base}/token"}
    initialize_app(credentials.Certificate(account))


def calls(n: int) -> list[range]:
    """The messages' numbers, a call each."""
    return [range(first, min(first + CALL, n)) for first in range(0, n, CALL)]


def messages(numbers: range) -> list[messaging.Message]:
    """What one call sends."""
    notice = messaging.Notification(title=TITLE, body=BODY)
    return [messaging.Message(token=token(n), notification=notice, data={"reference": str(n)}) for n in numbers]


if __name__ == "__main__":
    said = told(__doc__)
    open_app(said.base)
    measured(said.n, lambda: sum(messaging.send_each(messages(each)).success_count for each in calls(said.n)))

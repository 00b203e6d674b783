"""SMTP under TLS with a real server: begun by STARTTLS or from the first byte, never without, never with anybody."""

import base64

import pytest

from notifiers import registry
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Reason
from packs import BadInput
from tests.loopback.certificate import certificate
from tests.loopback.relay import OFFERED, ScriptedRelay
from tests.loopback.smtp import LoopbackSmtp
from tests.loopback.tap import Tap

HOUSE, PASSWORD, MYA = "house-of-notices", "a password of the relay's", "mya@there.example"
LOG_IN = {"TOCSIN_SMTP_USERNAME": HOUSE, "TOCSIN_SMTP_PASSWORD": PASSWORD, "TOCSIN_SMTP_CONNECTIONS": "1"}
BEGINS = OFFERED.replace("250-DSN", "250-STARTTLS\r\n250-DSN")
SECRETS = [PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), base64.b64encode(f"\0{HOUSE}\0{PASSWORD}".encode())]


@pytest.fixture(params=["starttls", "tls"])
def security(request):
    return str(request.param)


@pytest.fixture
def served(tmp_path, security):
    """The relay, the line to it, and the file of its certificate."""
    known, context = certificate(tmp_path)
    server = LoopbackSmtp(context, security=security, log_in=(HOUSE, PASSWORD))
    yield server, Tap(server.port), str(known)
    server.stop()


def send(served, security, **more):
    server, tap, known = served
    settings = {"SECURITY": security, "PORT": str(tap.port), "CA_FILE": known} | more
    environment = server.environment() | LOG_IN | {f"TOCSIN_SMTP_{name}": value for name, value in settings.items()}
    words = {"subject": "Notice", "plain": "You may be affected."}
    (sent,) = registry.open_provider("email/smtp", environment).send(
        [Message("dlv_1", Address(AddressKind.EMAIL, MYA), words, "Moqi", "en")]
    )
    return sent


def test_a_letter_goes_out_under_tls_and_nobody_on_the_line_reads_a_word(served, security):
    server, tap, _ = served
    assert send(served, security).outcome is Outcome.ACCEPTED
    assert [to for to, _ in server.letters] == [MYA]
    assert set(server.logged_in) == {(HOUSE, PASSWORD)}
    assert (b"STARTTLS" in tap.said) is (security == "starttls")
    for word in (*SECRETS, HOUSE.encode(), MYA.encode(), b"AUTH", b"MAIL", b"affected"):
        assert word not in tap.said


def test_a_relay_whose_certificate_nobody_vouches_for_gets_neither_letter_nor_password(served, security):
    server, tap, _ = served
    sent = send(served, security, CA_FILE="")
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.PROVIDER_ERROR, False)
    assert "certificate is not trusted" in sent.raw["network"]
    assert (server.letters, server.logged_in) == ([], [])
    assert not [word for word in (*SECRETS, MYA.encode(), b"AUTH") if word in tap.said]


def test_a_certificate_of_another_address_is_no_proof(tmp_path, security):
    known, context = certificate(tmp_path, address="192.0.2.1")
    server = LoopbackSmtp(context, security=security, log_in=(HOUSE, PASSWORD))
    sent = send((server, Tap(server.port), str(known)), security)
    server.stop()
    assert (sent.outcome, sent.permanent) == (Outcome.REFUSED, False)
    assert (server.letters, server.logged_in) == ([], [])


def test_a_password_that_the_relay_does_not_take_is_ours_to_put_right(served, security):
    sent = send(served, security, PASSWORD="another")
    assert (sent.outcome, sent.reason, sent.permanent) == (Outcome.REFUSED, Reason.CREDENTIALS, False)
    assert served[0].letters == []


@pytest.mark.parametrize(
    "said",
    [
        {},  # the relay, or whoever stands between, offers a log-in and no TLS
        {"EHLO": OFFERED.replace("250-DSN", "250-STARTTLS\r\n250-DSN"), "STARTTLS": "454 4.7.0 not now"},
        {
            "EHLO": OFFERED.replace("250-DSN", "250-STARTTLS\r\n250-DSN"),
            "STARTTLS": "220 go on",
        },  # and goes on in clear
    ],
)
def test_where_tls_cannot_be_begun_nothing_is_said_that_is_not_for_everybody(said):
    relay = ScriptedRelay(said)
    environment = relay.environment() | LOG_IN | {"TOCSIN_SMTP_SECURITY": "starttls", "TOCSIN_SMTP_TIMEOUT": "3"}
    message = Message("dlv_1", Address(AddressKind.EMAIL, MYA), {"subject": "s", "plain": "p"}, "Moqi", "en")
    (sent,) = registry.open_provider("email/smtp", environment).send([message])
    assert (sent.outcome, sent.permanent) == (Outcome.REFUSED, False)
    assert {line.split(" ")[0] for line in relay.heard if line.isascii()} <= {"EHLO", "STARTTLS", "QUIT", ""}
    assert not [line for line in relay.heard if MYA in line or HOUSE in line]


def test_a_password_is_set_with_tls_or_for_a_relay_on_this_machine_only():
    far = {"TOCSIN_SMTP_HOST": "mail.house.example", "TOCSIN_SMTP_FROM_EMAIL": "n@house.example"} | LOG_IN
    with pytest.raises(BadInput, match="TOCSIN_SMTP_SECURITY") as refused:
        registry.open_provider("email/smtp", far | {"TOCSIN_SMTP_SECURITY": "none"})
    assert PASSWORD not in str(refused.value)
    for more in ({"TOCSIN_SMTP_SECURITY": "tls"}, {"TOCSIN_SMTP_SECURITY": "none", "TOCSIN_SMTP_HOST": "127.0.0.1"}):
        registry.open_provider("email/smtp", far | more)

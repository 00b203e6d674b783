"""The counting provider: whom it counts over HTTP/1.1, HTTP/2 and SMTP, how it delays, and how it goes wrong."""

import json
import smtplib
import socket
import ssl
import time
from io import BytesIO

import pycurl
import pytest

from bench.counting_provider import CountingProvider, NotBuilt, build

try:
    build()
    WHY_NOT = ""
except NotBuilt as error:
    WHY_NOT = str(error)
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

SEND = "/v1/projects/house/messages:send"
TEXTS = "/2010-04-01/Accounts/AC1/Messages.json"
VERSIONS = {
    "1.1": pycurl.CURL_HTTP_VERSION_1_1,
    "2": pycurl.CURL_HTTP_VERSION_2TLS,
    "2 in the clear": pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
}


@pytest.fixture(scope="module")
def provider():
    with CountingProvider(seed=7) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(provider):
    provider.options(delay_ms=0, fail_permille=0, throttle_permille=0, abort_permille=0, cut_permille=0, seed=7)
    provider.reset()


def post(provider, path, body, *, version="2", easy=None):
    """(status, header lines, body), or (0, number of libcurl's error)."""
    easy = easy or pycurl.Curl()
    came, heads = BytesIO(), []
    easy.setopt(pycurl.URL, (provider.plain_address if "clear" in version else provider.address) + path)
    easy.setopt(pycurl.CAINFO, provider.ca_file)
    easy.setopt(pycurl.HTTP_VERSION, VERSIONS[version])
    easy.setopt(pycurl.POSTFIELDS, body)
    easy.setopt(pycurl.WRITEFUNCTION, came.write)
    easy.setopt(pycurl.HEADERFUNCTION, lambda line: heads.append(line.decode().strip().lower()))
    try:
        easy.perform()
    except pycurl.error as error:
        return 0, error.args[0], b""
    return easy.getinfo(pycurl.RESPONSE_CODE), heads, came.getvalue()


def notification(token):
    return json.dumps({"message": {"data": {"token": "not me"}, "notification": {"title": "x"}, "token": token}})


@pytest.mark.parametrize("version", VERSIONS)
def test_it_counts_distinct_recipients_and_duplicates(provider, version):
    for token in ("a", "b", "a"):
        status, _, body = post(provider, SEND, notification(token), version=version)
        assert status == 200
        assert json.loads(body)["name"].startswith("projects/house/messages/")
    status, _, body = post(provider, TEXTS, "Body=Hello&To=%2B491701234567&From=x", version=version)
    assert (status, json.loads(body)["to"], json.loads(body)["status"]) == (201, "+491701234567", "queued")
    count = provider.count()
    assert (count["requests"], count["recipients"], count["distinct"], count["duplicates"]) == (4, 4, 3, 1)
    assert count["by_kind"]["fcm"]["duplicates"] == 1
    assert count["h2" if version.startswith("2") else "h1"] > 0
    assert provider.recipients(at_least=2) == {("fcm", "a"): 2}
    assert ("twilio", "+491701234567") in provider.recipients()


def test_it_counts_every_personalization_of_a_bulk_mail(provider):
    people = [{"to": [{"email": f"p{n}@example.org"}], "custom_args": {"email": "not me"}} for n in range(1000)]
    mail = {"personalizations": people, "from": {"email": "me@example.org"}, "content": [{"value": 'a "to" b'}]}
    status, heads, body = post(provider, "/v3/mail/send", json.dumps(mail))
    assert (status, body) == (202, b"")
    assert any(head.startswith("x-message-id: ") for head in heads)
    assert provider.count()["by_kind"]["sendgrid"]["distinct"] == 1000
    mail["personalizations"] += people[:1]
    assert post(provider, "/v3/mail/send", json.dumps(mail))[0] == 400
    assert provider.count()["recipients"] == 1000


def test_a_request_without_a_recipient_is_refused_and_not_counted(provider):
    assert post(provider, SEND, '{"message":{"data":{"token":"a"}}}')[0] == 400
    assert post(provider, SEND, '{"message":{"token":')[0] == 400
    assert post(provider, TEXTS, "Body=To%3D1&ToNobody=1")[0] == 400
    assert post(provider, "/elsewhere", "")[0] == 404
    count = provider.count()
    assert (count["recipients"], count["invalid"]) == (0, 3)


@pytest.mark.parametrize("secure", [False, True])
def test_it_takes_mail_and_gives_a_queue_id(provider, secure):
    with smtplib.SMTP("127.0.0.1", provider.smtp_port) as line:
        if secure:
            line.starttls(context=ssl.create_default_context(cafile=provider.ca_file))
        line.login("someone", "secret", initial_response_ok=True)
        assert line.has_extn("pipelining")
        assert line.has_extn("8bitmime")
        for to in (["a@example.org", "b@example.org"], ["a@example.org"]):
            line.sendmail("me@example.org", to, "Subject: x\r\n\r\n.\r\n..\r\nText\r\n")
        line.mail("me@example.org")
        line.rcpt("c@example.org")
        code, said = line.data("x")
    assert (code, b"queued as" in said) == (250, True)
    assert provider.count()["by_kind"]["smtp"] == {"requests": 3, "recipients": 4, "distinct": 3, "duplicates": 1}


def test_pipelined_mail_is_answered_in_order(provider):
    provider.options(delay_ms=20)
    with smtplib.SMTP("127.0.0.1", provider.smtp_port) as line:
        line.ehlo()
        one = b"MAIL FROM:<me@x.org>\r\nRCPT TO:<%d@x.org>\r\nDATA\r\n"
        line.send(one % 1 + b"text\r\n.\r\n" + one % 2 + b"text\r\n.\r\n")
        assert [line.getreply()[0] for _ in range(8)] == [250, 250, 354, 250] * 2
    assert provider.count()["recipients"] == 2


def test_it_answers_many_at_once_after_the_delay_and_never_before(provider):
    provider.options(delay_ms=100)
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, 1000)
    began = time.monotonic()
    easies = []
    for n in range(300):
        easy = pycurl.Curl()
        easy.setopt(pycurl.URL, provider.address + SEND)
        easy.setopt(pycurl.CAINFO, provider.ca_file)
        easy.setopt(pycurl.PIPEWAIT, 1)
        easy.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        easy.setopt(pycurl.COPYPOSTFIELDS, notification(str(n)))
        easy.setopt(pycurl.WRITEFUNCTION, lambda _piece: None)
        multi.add_handle(easy)
        easies.append(easy)
    while multi.perform()[1]:
        multi.select(0.1)
    assert time.monotonic() - began >= 0.1
    assert all(easy.getinfo(pycurl.RESPONSE_CODE) == 200 for easy in easies)
    assert min(easy.getinfo(pycurl.TOTAL_TIME) for easy in easies) >= 0.1
    count = provider.count()
    assert (count["distinct"], count["most_in_flight"] > 200) == (300, True)


@pytest.mark.parametrize("version", VERSIONS)
def test_refusals_take_nobody(provider, version):
    provider.options(fail_permille=1000)
    assert post(provider, SEND, notification("a"), version=version)[0] == 503
    provider.options(fail_status=500)
    assert post(provider, TEXTS, "To=1", version=version)[0] == 500
    provider.options(fail_permille=0, fail_status=503, throttle_permille=1000, retry_after=3)
    status, heads, body = post(provider, SEND, notification("a"), version=version)
    assert (status, json.loads(body)["error"]["details"][0]["errorCode"]) == (429, "QUOTA_EXCEEDED")
    assert "retry-after: 3" in heads
    count = provider.count()
    assert (count["failed"], count["throttled"], count["recipients"]) == (2, 1, 0)


@pytest.mark.parametrize("fault", ["abort", "cut"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_may_be_taken_and_never_answered(provider, version, fault):
    provider.options(**{f"{fault}_permille": 1000})
    assert post(provider, SEND, notification("a"), version=version)[0] == 0
    count = provider.count()
    assert (count["distinct"], count["aborted"] + count["cut"]) == (1, count["requests"])


def test_a_dropped_stream_leaves_its_connection_and_a_cut_does_not(provider):
    easy = pycurl.Curl()
    post(provider, SEND, notification("a"), easy=easy)
    provider.options(abort_permille=1000)
    post(provider, SEND, notification("b"), easy=easy)
    provider.options(abort_permille=0, cut_permille=1000)
    before = provider.count()["h2"]
    post(provider, SEND, notification("c"), easy=easy)
    assert (before, provider.count()["distinct"]) == (1, 3)


def test_a_line_that_breaks_disturbs_no_other(provider):
    easy = pycurl.Curl()
    assert post(provider, SEND, notification("a"), easy=easy, version="1.1")[0] == 200
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", provider.http_port)) as broken:
            broken.send(b"\x16\x03\x01\x00\x05rubbish")
            broken.recv(100)
        assert post(provider, SEND, notification("a"), easy=easy, version="1.1")[0] == 200
        assert easy.getinfo(pycurl.NUM_CONNECTS) == 0


def test_mail_goes_wrong_too(provider):
    provider.options(fail_permille=1000)
    with smtplib.SMTP("127.0.0.1", provider.smtp_port) as line:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            line.sendmail("me@example.org", ["a@example.org"], "x")
        assert refused.value.smtp_code == 451
        provider.options(fail_permille=0, abort_permille=1000)
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            line.sendmail("me@example.org", ["a@example.org"], "x")
    assert provider.count()["by_kind"]["smtp"]["recipients"] == 1


def test_the_same_seed_goes_wrong_at_the_same_requests(provider):
    def story():
        provider.options(fail_permille=300, throttle_permille=200, seed=11)
        easy = pycurl.Curl()
        return [post(provider, SEND, notification(str(n)), easy=easy)[0] for n in range(60)]

    first = story()
    assert set(first) == {200, 429, 503}
    assert story() == first


def test_it_ends_with_whoever_started_it():
    with CountingProvider() as running:
        running._program.stdin.close()
        assert running._program.wait(5) == 0

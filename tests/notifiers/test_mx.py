"""The recipient's mail exchanger is looked up, and no answer is never 'none'."""

import dns.exception
import dns.resolver
import pytest

from notifiers.mx import Found, domain_of, mail_exchangers


def says(*hosts: str, error: Exception | None = None):
    def resolve(_domain: str) -> list[str]:
        if error is not None:
            raise error
        return list(hosts)

    return resolve


@pytest.mark.parametrize(
    ("resolve", "found", "hosts"),
    [
        (says("MX1.qq.com.", "mx2.qq.com."), Found.HOSTS, ("mx1.qq.com", "mx2.qq.com")),
        (says("."), Found.NONE, ()),
        (says(), Found.UNKNOWN, ()),
        (says(error=dns.resolver.NXDOMAIN()), Found.NONE, ()),
        (says(error=dns.resolver.NoAnswer()), Found.HOSTS, ("there.example",)),
        (says(error=dns.exception.Timeout()), Found.UNKNOWN, ()),
        (says(error=dns.resolver.NoNameservers()), Found.UNKNOWN, ()),
        (says(error=OSError()), Found.UNKNOWN, ()),
    ],
)
def test_how_the_look_up_ended_is_told_apart(resolve, found, hosts):
    answer = mail_exchangers("there.example", resolve)
    assert (answer.found, answer.hosts) == (found, hosts)


def test_hosts_lie_under_a_suffix_only_when_all_of_them_do_and_they_are_known():
    inside = ("qq.com",)
    assert mail_exchangers("x", says("mx1.qq.com", "mx2.qq.com")).under(inside) is True
    assert mail_exchangers("x", says("mx1.qq.com", "mx.other.example")).under(inside) is False
    assert mail_exchangers("x", says("notqq.com")).under(inside) is False
    assert mail_exchangers("x", says(error=OSError())).under(inside) is None


def test_the_domain_of_a_mailbox_is_what_stands_after_the_last_at():
    assert domain_of('"odd@local"@There.Example') == "there.example"

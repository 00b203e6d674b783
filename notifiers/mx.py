"""Which machines take a mailbox's mail: the residency rule looks at the recipient's side too."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

Resolver = Callable[[str], list[str]]


class Found(StrEnum):
    """How the look-up ended. Not answered is never `none`."""

    HOSTS = "hosts"
    NONE = "none"  # the domain takes no mail (RFC 7505 null MX, or no such domain)
    UNKNOWN = "unknown"  # the name server did not answer


@dataclass(frozen=True)
class MailExchangers:
    """The hosts in order of preference, lower case, no final dot. The domain is not shown: it may point to a person."""

    found: Found
    hosts: tuple[str, ...] = field(default=(), repr=False)

    def under(self, suffixes: tuple[str, ...]) -> bool | None:
        """Whether every host lies under one of `suffixes`; None when nothing is known."""
        if self.found is not Found.HOSTS:
            return None
        return all(any(host == end or host.endswith(f".{end}") for end in suffixes) for host in self.hosts)


def mail_exchangers(domain: str, resolve: Resolver | None = None) -> MailExchangers:
    """Look up who takes mail for `domain` (RFC 5321 section 5.1; without an MX record the domain itself does)."""
    import dns.exception  # noqa: PLC0415 - large, and who only sends asks no name server
    import dns.resolver  # noqa: PLC0415 - as above

    resolve = resolve or _resolve
    try:
        hosts = [host.rstrip(".").lower() for host in resolve(domain)]
    except dns.resolver.NXDOMAIN:
        return MailExchangers(Found.NONE)
    except dns.resolver.NoAnswer:
        return MailExchangers(Found.HOSTS, (domain.lower(),))
    except (dns.exception.DNSException, OSError):
        return MailExchangers(Found.UNKNOWN)
    if hosts == [""]:
        return MailExchangers(Found.NONE)
    return MailExchangers(Found.HOSTS, tuple(hosts)) if hosts else MailExchangers(Found.UNKNOWN)


def domain_of(email: str) -> str:
    """What stands after the last @, lower case."""
    return email.rpartition("@")[2].lower()


def _resolve(domain: str) -> list[str]:
    import dns.resolver  # noqa: PLC0415 - as above

    answer = dns.resolver.resolve(domain, "MX", lifetime=5.0)
    return [str(record.exchange) for record in sorted(answer, key=lambda record: int(record.preference))]

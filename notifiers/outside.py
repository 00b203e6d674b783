"""Keeps requests whose address somebody else wrote from reaching machines inside: each connection is looked at."""

import ipaddress
import socket
from typing import Any
from urllib.request import getproxies

import pycurl

# Ways in which an address of version 4 is written within one of version 6: what lies behind is not seen (RFC 6052
# section 2.1, RFC 3056 section 2).
_WRAPPED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("2002::/16"))


def is_outside(address: str) -> bool:
    """Whether this IP address is one of the open internet and of no network of ours, by IANA's registries of addresses
    for special purposes; what is no IP address is not."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    wrapped = isinstance(found, ipaddress.IPv6Address) and any(found in network for network in _WRAPPED)
    return found.is_global and not found.is_multicast and not wrapped


def only_outside() -> dict[int, Any]:
    """Options of libcurl that open no connection to an address inside, whatever name led there and whenever. Behind a
    proxy (the environment names one) they change nothing: there the proxy resolves the name, and must guard it."""
    return {} if getproxies() else {pycurl.OPENSOCKETFUNCTION: _open}


def _open(_purpose: int, address: Any) -> Any:
    if not is_outside(address.addr[0]):
        return pycurl.SOCKET_BAD
    return socket.socket(address.family, address.socktype, address.protocol)

"""The engine's comparison of addresses as text passes over no spelling of an address that is looked for."""

import ipaddress

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from affected.evidence import log_filter

BEHIND = ["", ":8080", " ", "\t", "\r\n"]
WRITTEN = [f"{{plain}}{end}" for end in BEHIND] + [f"[{{plain}}]{end}" for end in BEHIND]
WRITTEN += [
    " {plain}",
    "\t{plain}:1",
    "::ffff:{plain}",
    "0:0:0:0:0:FFFF:{plain}",
    "[::ffff:{plain}]:1",
    "::FFFF:{hexed}",
]
OCTET = st.sampled_from([1, 9, 10, 90, 203, 255])
ADDRESS = st.builds(lambda *parts: ipaddress.IPv4Address(bytes(parts)), *[OCTET] * 4)
NETWORK = st.builds(
    lambda address, size: ipaddress.ip_network(f"{address}/{size}", strict=False),
    ADDRESS,
    st.sampled_from([8, 13, 16, 24, 30, 32, 32]),
)


def written(address, spelling):
    return spelling.format(plain=address, hexed=f"{address.packed[:2].hex()}:{address.packed[2:].hex()}")


@given(
    networks=st.lists(NETWORK, min_size=1, max_size=5),
    spellings=st.lists(st.builds(written, ADDRESS, st.sampled_from(WRITTEN)), min_size=1),
)
def test_every_spelling_of_an_address_that_is_looked_for_is_kept(networks, spellings):
    spellings += [written(network[0], spelling) for network in networks for spelling in WRITTEN]
    question = f"SELECT a, {log_filter._any(log_filter._possibly('a', networks))} FROM (SELECT unnest($texts) AS a)"
    for text, kept in duckdb.execute(question, {"texts": spellings}).fetchall():
        assert kept or not log_filter.inside(text, networks), text


def test_an_address_that_another_begins_with_is_kept_with_a_port_behind_it():
    networks = [ipaddress.ip_network(address) for address in ("203.0.113.1", "203.0.113.10")]
    question = f"SELECT {log_filter._any(log_filter._possibly('$a', networks))}"
    texts = ("203.0.113.1:443", "203.0.113.10 ", "203.0.113.11")
    assert [duckdb.execute(question, {"a": text}).fetchone()[0] for text in texts] == [True, True, False]


def test_addresses_from_many_networks_are_told_apart():
    networks = [ipaddress.ip_network(f"{n}.0.113.7") for n in range(1, 9)]
    question = f"SELECT {log_filter._any(log_filter._possibly('$a', networks))}"
    said = [duckdb.execute(question, {"a": f"{n}.0.113.{last}"}).fetchone()[0] for n in range(1, 9) for last in (7, 8)]
    assert said == [True, False] * 8

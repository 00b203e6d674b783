"""What may not be sent is refused in its turn, and no more is in hand than the lines carry."""

import pytest

from notifiers.http import Answer, Call, Lines
from notifiers.message import Address, AddressKind, Message
from notifiers.outcome import Outcome, Sent
from notifiers.turns import take_turns
from tests.loopback.web import LoopbackWeb, as_json


class Server(LoopbackWeb):
    def answer(self, _request):
        return as_json({})


@pytest.fixture
def server():
    made = Server()
    yield made
    made.stop()


@pytest.mark.parametrize("barred", [set(), {0}, {49}, {7, 8, 9, 30}, set(range(50)), set(range(0, 50, 2))])
def test_everybody_gets_one_outcome_and_the_window_holds(server, barred):
    asked = given = 0

    def messages():
        nonlocal asked
        for number in range(50):
            asked += 1
            assert asked - given <= 4
            yield Message(str(number), Address(AddressKind.MESSENGER_ID, "1"), {})

    def call_of(message):
        if int(message.reference) in barred:
            return Sent(message.reference, Outcome.REFUSED, permanent=True)
        return Call(f"{server.address}/", b"{}")

    found = {}
    for message, answer in take_turns(Lines(in_flight=4), messages(), call_of):
        given += 1
        found[message.reference] = answer
    assert {int(one) for one, answer in found.items() if isinstance(answer, Sent)} == barred
    assert {int(one) for one, answer in found.items() if isinstance(answer, Answer)} == set(range(50)) - barred

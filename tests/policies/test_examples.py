"""Each worked example beside a law is one test."""

import pytest

from policies.examples import examples, play
from policies.load import load


@pytest.mark.parametrize(
    ("law", "example"), [pytest.param(law, one, id=f"{law}: {one.name}") for law, one in examples(load())]
)
def test_the_law_comes_out_as_its_example_says(law, example):
    assert play(load(), law, example) == []

"""The drill's script: whose leak it is, what is answered where the laws ask, and the words that are written."""

from pathlib import Path

from packs import Strict, read_pack

FILE = Path(__file__).parent / "drill.yaml"


class Script(Strict):
    """What the people of the drill say. `words`: language -> placeholder of a notice -> text; `report`: language ->
    question of a report that only a person can answer -> the answer; `otherwise` answers the rest."""

    leak: str
    title: str
    answers: dict[str, str | int]
    because: str
    report: dict[str, dict[str, str]]
    words: dict[str, dict[str, str]]


def script() -> Script:
    """Read the script."""
    return read_pack(FILE, Script)

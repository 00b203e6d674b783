"""The ways a verb says no, each with a code for machines and a sentence for people."""

from packs import BadInput

__all__ = ["BadInput", "NotFound", "Refused"]


class Refused(Exception):
    """The verb understood and will not do it. Doors answer with exit status 1 or a 409 problem document.

    `code` is a stable word in snake_case; `sentence` tells a person what stands in the way and holds no personal data;
    `because` lists what exactly stands in the way when there is more than one thing.
    """

    def __init__(self, code: str, sentence: str, *, because: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.because = because


class NotFound(Exception):
    """There is no such thing. Doors answer with exit status 1 or a 404 problem document."""

    def __init__(self, what: str, wanted: str) -> None:
        super().__init__(f"There is no {what} '{wanted}'.")
        self.what = what
        self.wanted = wanted

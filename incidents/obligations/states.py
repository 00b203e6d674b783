"""The states of an obligation in the ledger, one sentence a word."""

from policies.words import Word


class State(Word):
    """Where an obligation stands."""

    OWED = "owed", "It is owed and not yet done."
    POSSIBLE = "possible", "It is owed if a count is at its upper end; it is treated as owed."
    UNKNOWN = "unknown", "It hangs on a fact that nobody has established."
    NOT_OWED = "not_owed", "The facts rule it out, for the reasons given."
    MET = "met", "It was done in time, or no limit was passed."
    LATE = "late", "It was done after its limit."
    WAIVED = "waived", "A compliance person decided, with reasons and by signature, that it is not done."
    IMPOSSIBLE = "impossible", "A compliance person recorded, with reasons and by signature, that it cannot be done."
    SUPERSEDED = "superseded", "A later row says what holds now."


OPEN = (State.OWED, State.POSSIBLE, State.UNKNOWN)
SETTLED = (State.MET, State.LATE, State.WAIVED, State.IMPOSSIBLE)

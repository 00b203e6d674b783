"""The ledger of what is owed: who owes whom what, by when and why, and how each obligation was settled."""

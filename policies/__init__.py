"""The room of laws and promises: facts go in, obligations with their reasons come out; no network, no database."""

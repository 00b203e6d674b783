"""Faults: machines, databases, brokers and providers that die or lie in the middle of telling people."""

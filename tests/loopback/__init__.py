"""Servers on loopback that speak the providers' published contracts; tests and drills send to them."""

"""Vestibule: a customer-identity server that speaks Graph's user-flow API and runs the flows."""

"""Moves a CSP partner's customers from one partner account to another, with consent and proof for each."""

__version__ = "0.1.0"

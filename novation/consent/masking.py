"""Shows enough of an address to be recognised by its owner, and no more."""

from __future__ import annotations


def masked_address(address: str) -> str:
    """`jana.zd@firma.example` becomes `j••••••@firma.example`; the dots do not tell the length."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}••••••{at}{domain}"

"""Shows enough of an address to be recognised by its owner, and no more."""

from __future__ import annotations


def masked_address(address: str) -> str:
    """`jana.zd@firma.example` becomes `j••••••@firma.example`; the dots do not tell the length."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}••••••{at}{domain}"


def masked_phone(number: str) -> str:
    """`+420 541 000 123` becomes `+42••••23`; empty stays empty."""
    kept = "".join(c for c in number if c.isdigit() or c == "+")
    return f"{kept[:3]}••••{kept[-2:]}" if len(kept) >= 7 else ""

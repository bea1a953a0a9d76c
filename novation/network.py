"""Where a request comes from: the address of the visitor, and the network that limits count by."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's IP address, at most 45 characters; behind a proxy of ours, the one that the proxy saw."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if forwarded:
            return str(forwarded[:45])
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def network_of(address: str) -> str:
    """The network of an address: /24 for IPv4, /56 for IPv6; what is no address counts as one network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    mapped = getattr(parsed, "ipv4_mapped", None)
    host = mapped or parsed
    return str(ipaddress.ip_network((host, 24 if host.version == 4 else 56), strict=False))

"""Names looked up: as much of DNS as the checks need, so that a test can bring its own."""

from __future__ import annotations

from typing import Any, Protocol


class DnsDown(Exception):
    """The look-up failed; nothing is known about the name."""


class Dns(Protocol):
    """Each method returns an empty list for a name that has no such record, and raises DnsDown without an answer."""

    def txt(self, name: str) -> list[str]:
        """The texts of a name, the parts of each joined."""

    def mx(self, name: str) -> list[str]:
        """The mail servers of a domain, the preferred first."""

    def addresses(self, name: str) -> list[str]:
        """IPv4 and IPv6 addresses of a host."""


class SystemDns:
    """The resolver of this machine."""

    def txt(self, name: str) -> list[str]:
        """See Dns."""
        return [
            "".join(part.decode("utf-8", "replace") for part in row.strings) for row in self._ask(name, "TXT")
        ]

    def mx(self, name: str) -> list[str]:
        """See Dns. A null MX (RFC 7505) counts as none."""
        rows = sorted(self._ask(name, "MX"), key=lambda row: row.preference)
        return [host for row in rows if (host := str(row.exchange).rstrip("."))]

    def addresses(self, name: str) -> list[str]:
        """See Dns."""
        return [str(row) for kind in ("A", "AAAA") for row in self._ask(name, kind)]

    def _ask(self, name: str, kind: str) -> list[Any]:
        from dns import exception, resolver

        try:
            return list(resolver.resolve(name, kind, lifetime=6.0))
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return []
        except exception.DNSException as error:
            raise DnsDown(f"{kind} of {name}: {error}"[:200]) from error

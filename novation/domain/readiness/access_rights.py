"""Who can still open the customer's tenant?"""

from __future__ import annotations

from collections.abc import Iterator

from novation.domain.readiness.facts import Reading
from novation.domain.readiness.finding import Finding, Level


def look(reading: Reading) -> Iterator[Finding]:
    """Delegated admin rights of the source, old (DAP) or new (GDAP); moving-customers 4.1."""
    if reading.delegated is False:
        yield Finding(
            Level.WARNING,
            "no-delegated-admin",
            "The old account has no delegated admin rights any more.",
            "The admin account made with the tenant, which was perhaps never used, is the only key to it.",
            "Check before the acceptance that somebody can sign in with it: password, second factor, not blocked.",
        )

"""Does the customer lie in a market that the new account may sell to?"""

from __future__ import annotations

from collections.abc import Iterator

from novation.domain.policy import Policy
from novation.domain.readiness.facts import Reading
from novation.domain.readiness.finding import Finding, Level
from novation.domain.readiness.regions import countries


def look(reading: Reading, policy: Policy) -> Iterator[Finding]:
    """Region and market (page csp-regional-authorization; moving-customers 1.4)."""
    allowed = countries(policy.region)
    if allowed is None:
        return
    if not reading.country:
        yield Finding(
            Level.WARNING,
            "country-unknown",
            "No country is on file.",
            "Nobody can say whether the new account may sell there.",
            "Complete the customer's address in the old account; it is read again with the next reading.",
        )
    elif reading.country.upper() not in allowed:
        yield Finding(
            Level.BLOCKER,
            "region",
            f"The customer is in {reading.country.upper()}, outside the region of the new account.",
            "Microsoft refuses the transfer: an account sells in its own region only.",
            "Leave the customer with the old account, or find a partner in its region. "
            "If the country is wrong, correct it in the old account.",
        )

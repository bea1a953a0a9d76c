"""Is there a person at the customer to whom we may write?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from novation.domain.readiness.facts import Address, Reading
from novation.domain.readiness.finding import Finding, Level

#: Names before the @ behind which nobody in particular reads; whoever answers cannot be named by the address.
ROLES = frozenset((
    "abuse", "accounting", "admin", "administrator", "billing", "buchhaltung", "comptabilite", "contact", "contacto",
    "edv", "faktury", "hello", "helpdesk", "hostmaster", "info", "invoice", "invoices", "it", "kontakt", "mail",
    "no-reply", "noreply", "office", "post", "postmaster", "rechnung", "recepce", "sales", "security", "service",
    "support", "ucetni", "verwaltung", "webmaster",
))  # fmt: skip
BLOCKERS = frozenset({"contact-missing", "contact-malformed", "contact-ours", "contact-bounced"})
_FORM = re.compile(r"[^\s@,;<>\"()]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.I)


def wrong_with(email: str, own_domains: frozenset[str]) -> str:
    """Why an address is of no use: the code of a blocker, or an empty string when it may be written to."""
    if not _FORM.fullmatch(email):
        return "contact-malformed"
    domain = email.rpartition("@")[2].lower()
    if any(domain == own or domain.endswith(f".{own}") for own in own_domains if own):
        return "contact-ours"
    return ""


def look(reading: Reading) -> Iterator[Finding]:
    """Missing, malformed, ours, bounced; a role address; one that several customers share."""
    if not reading.addresses:
        yield _blocked("contact-missing", "No e-mail address is on file.")
        return
    faults = {address.email: _fault(address, reading) for address in reading.addresses}
    usable = [address for address in reading.addresses if not faults[address.email]]
    if not usable:
        address = reading.addresses[0]
        said = {
            "contact-malformed": f"“{address.email}” is no e-mail address.",
            "contact-ours": f"{address.email} is an address of our own.",
            "contact-bounced": f"Mail to {address.email} came back.",
        }
        code = faults[address.email]
        yield _blocked(code, said[code])
        return
    first = usable[0]
    if first.email.partition("@")[0].lower() in ROLES:
        yield Finding(
            Level.WARNING,
            "contact-role",
            f"{first.email} belongs to an office, not to a person.",
            "Who answers is known by the typed name alone; the proof is weaker.",
            "Ask the customer for the person who may decide, and add the address.",
        )
    if first.shared:
        yield Finding(
            Level.WARNING,
            "contact-shared",
            f"{first.email} is also on file for {first.shared} other {_customers(first.shared)}.",
            "One person would decide for several customers; perhaps one of them has the wrong contact.",
            "Check that this person may speak for each of them.",
        )


def _fault(address: Address, reading: Reading) -> str:
    return "contact-bounced" if address.bounced else wrong_with(address.email, reading.own_domains)


def _customers(number: int) -> str:
    return "customer" if number == 1 else "customers"


def _blocked(code: str, cause: str) -> Finding:
    return Finding(
        Level.BLOCKER,
        code,
        cause,
        "The customer cannot be told, and Microsoft wants an address to notify.",
        "Find a contact: the task is in the queue once the wave is launched.",
    )

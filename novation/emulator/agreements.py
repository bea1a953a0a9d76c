"""The Microsoft Customer Agreement: confirmations by a partner, direct acceptance, attestations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

MCA = "MicrosoftCustomerAgreement"
CLOUD = "MicrosoftCloudAgreement"
MCA_TEMPLATE = "117a77b0-9360-443b-8795-c6dedc750cf9"
CLOUD_TEMPLATE = "998b88de-aa99-4388-a42c-1b3517d49490"
# Agreements older than this no longer count (page "customers must re-accept", 2023).
CURRENT_SINCE = datetime(2023, 4, 1, tzinfo=UTC)


@dataclass(slots=True)
class Agreement:
    """One record. ``account`` is None for a direct acceptance by the customer in its own admin center."""

    account: str | None
    template_id: str
    kind: str
    first_name: str
    last_name: str
    email: str
    phone: str
    agreed_at: datetime
    user_id: str | None = None
    attestation_id: str | None = None

    @property
    def person(self) -> tuple[str, str, str, str]:
        """What Microsoft compares when it says that the record exists (600061)."""
        return (self.first_name.casefold(), self.last_name.casefold(), self.email.casefold(), self.phone)

    @property
    def current(self) -> bool:
        """Is it of the kind and age that New Commerce asks for?"""
        return self.kind == MCA and self.agreed_at >= CURRENT_SINCE


@dataclass(slots=True)
class Attestation:
    """A request to the customer's signatory to accept on Microsoft's page. Fields and states are assumptions."""

    id: str
    account: str
    country: str
    language: str
    company_name: str
    first_name: str
    last_name: str
    email: str
    phone: str
    created_at: datetime
    expires_at: datetime
    status: str = "created"
    accepted_at: datetime | None = None
    customer_id: str | None = None

    @property
    def subject(self) -> tuple[str, ...]:
        """Two attestations with the same subject ask the same person the same thing."""
        return (self.account, self.company_name, self.first_name, self.last_name, self.email, self.phone)

    def state_at(self, now: datetime) -> str:
        """created, accepted, finalised, refused, or expired when the link's life ran out before an answer."""
        return "expired" if self.status == "created" and now >= self.expires_at else self.status


def is_signed(agreements: list[Agreement], account: str, *, direct_travels: bool) -> bool:
    """May this account sell to the customer? A partner's record serves that partner alone."""
    return any(
        a.current and (a.account == account or (a.account is None and direct_travels)) for a in agreements
    )


def is_directly_signed(agreements: list[Agreement]) -> bool:
    """Did the customer accept the current terms in its own admin center?"""
    return any(a.current and a.account is None for a in agreements)

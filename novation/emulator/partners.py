"""The two partner accounts, with fixed ids and secrets so that a test can be written down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner tenant and the one app registered in it. The secrets are public and worth nothing."""

    account: str
    tenant_id: str
    name: str
    domain: str
    mpn_id: str
    client_id: str
    client_secret: str
    refresh_token: str
    refresh_token_without_mfa: str
    user_id: str
    user_name: str
    group_id: str
    currency: str = "EUR"
    country: str = "DE"

    def to_json(self) -> dict[str, str]:
        """The account as printed in the ready line."""
        return {
            "tenant_id": self.tenant_id,
            "name": self.name,
            "domain": self.domain,
            "mpn_id": self.mpn_id,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
            "refresh_token_without_mfa": self.refresh_token_without_mfa,
            "user_principal_name": self.user_name,
            "security_group_id": self.group_id,
        }


def _partner(account: str, name: str, domain: str, mpn_id: str, digit: str) -> Partner:
    def guid(kind: str) -> str:
        return f"{digit * 8}-{kind}-4000-8000-{digit * 12}"

    return Partner(
        account=account,
        tenant_id=guid("0001"),
        name=name,
        domain=domain,
        mpn_id=mpn_id,
        client_id=guid("0002"),
        client_secret=f"emulator-{account}-client-secret",
        refresh_token=f"emulator-{account}-refresh-token",
        refresh_token_without_mfa=f"emulator-{account}-refresh-token-without-mfa",
        user_id=guid("0003"),
        user_name=f"service@{domain}",
        group_id=guid("0004"),
    )


SOURCE = _partner("source", "Altmark Cloud Services", "altmark-cloud.onmicrosoft.com", "5140001", "a")
TARGET = _partner("target", "Neumark Cloud Services", "neumark-cloud.onmicrosoft.com", "6250002", "b")
PARTNERS: dict[str, Partner] = {"source": SOURCE, "target": TARGET}
BY_TENANT: dict[str, Partner] = {partner.tenant_id: partner for partner in PARTNERS.values()}


def other(account: str) -> str:
    """The name of the other account."""
    return "target" if account == "source" else "source"

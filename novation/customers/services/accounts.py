"""Our partner accounts: put on file, and corrected."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from novation.customers.models import Account
from novation.evidence.tags import Tag
from novation.evidencelog.services import events


@transaction.atomic
def register_account(
    *,
    slug: str,
    tenant_id: str,
    name: str,
    now: datetime,
    actor: str,
    domain: str = "",
    mpn_id: str = "",
    kind: str = "",
) -> Account:
    """Puts one of our partner accounts on file, or corrects it, with an event that says what it is now.

    Args:
        slug: its name in commands and in the vault, such as `source`.
        tenant_id: the partner tenant.
        name: what our people call it.
        domain, mpn_id: as Partner Center shows them.
        kind: direct, provider or reseller; empty leaves what was said before.
    """
    values = {"tenant_id": tenant_id.lower(), "name": name, "domain": domain, "mpn_id": mpn_id}
    if kind:
        values["kind"] = kind
    account, _ = Account.objects.update_or_create(slug=slug, defaults=values)
    data = {
        "account": slug,
        "tenant": account.tenant_id,
        "name": name,
        "domain": domain,
        "mpn_id": mpn_id,
        "kind": account.kind,
    }
    events.record(Tag.ACCOUNT_CONNECTED, at=now, actor=actor, data=data)
    return account

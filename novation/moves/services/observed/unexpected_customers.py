"""Tenants on the target's list that belong to no move of ours: a customer may have signed in with the wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from novation.customers.models import Account, Customer
from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Move, UnexpectedCustomer


@transaction.atomic
def listed(account: Account, tenants: Mapping[str, Mapping[str, str]], *, first: bool, now: datetime) -> int:
    """Takes a complete list of an account's customers: who is new there and of no move, is put before a person.

    Args:
        account: whose list it is.
        tenants: tenant id in small letters → name and domain.
        first: the list was never read before; who stands in it then was there before us.
        now: programme time.

    Returns:
        How many were seen for the first time and are to be judged.
    """
    known = set(UnexpectedCustomer.objects.filter(account=account).values_list("tenant_id", flat=True))
    ours = set(Customer.objects.values_list("tenant_id", flat=True))
    fresh = sorted(set(tenants) - known - {tenant.lower() for tenant in ours})
    state = UnexpectedCustomer.State.BEFORE if first else UnexpectedCustomer.State.OPEN
    for start in range(0, len(fresh), 500):
        UnexpectedCustomer.objects.bulk_create(
            UnexpectedCustomer(
                account=account,
                tenant_id=tenant,
                name=tenants[tenant].get("name", "")[:300],
                domain=tenants[tenant].get("domain", "")[:253],
                state=state,
                seen_at=now,
            )
            for tenant in fresh[start : start + 500]
        )
    if not first:
        for tenant in fresh:
            data = {"tenant": tenant, "account": account.slug}
            events.record(Tag.RELATIONSHIP_STRANGER, at=now, actor="engine", data=data)
    gone = [tenant for tenant in known if tenant not in tenants]
    if gone:
        UnexpectedCustomer.objects.filter(account=account, tenant_id__in=gone, gone_at=None).update(
            gone_at=now
        )
    # Who has been imported meanwhile is a customer of ours, and no stranger any more.
    imported = [tenant for tenant in known if tenant in ours]
    UnexpectedCustomer.objects.filter(account=account, tenant_id__in=imported).delete()
    return 0 if first else len(fresh)


@transaction.atomic
def judge(
    stranger: UnexpectedCustomer, verdict: str, *, reference: str, note: str, person: Any, now: datetime
) -> UnexpectedCustomer:
    """A person says whose tenant it is. Nothing is changed at Microsoft: only the customer can leave again.

    Args:
        stranger: an open one, or one that was judged before.
        verdict: wrong-tenant, ours or unknown.
        reference: of the move whose customer used the wrong tenant.
        note: what was found out.
        person: the operator.
        now: programme time.

    Raises:
        BadInput: no such verdict, or no such customer.
    """
    if verdict not in set(UnexpectedCustomer.Verdict):
        raise BadInput("Say whose tenant it is.", where="verdict")
    move = Move.objects.filter(reference=reference.strip().upper()).first() if reference.strip() else None
    if verdict == UnexpectedCustomer.Verdict.WRONG_TENANT and move is None:
        raise BadInput(
            "Which customer was it?", where="reference", remedy="Give the reference, such as NOV-1234-5678."
        )
    stranger.state, stranger.verdict, stranger.note = (
        UnexpectedCustomer.State.JUDGED,
        verdict,
        note.strip()[:400],
    )
    stranger.move = move if verdict == UnexpectedCustomer.Verdict.WRONG_TENANT else None
    stranger.judged_by, stranger.judged_at = person, now
    stranger.save()
    events.record(
        Tag.RELATIONSHIP_STRANGER_JUDGED,
        at=now,
        actor=f"operator:{person.pk}",
        subject=stranger.move.subject if stranger.move else None,
        data={"tenant": stranger.tenant_id, "verdict": verdict},
        personal={"note": stranger.note},
    )
    return stranger

"""A Microsoft that answers at once (or after a fixed time), so that what is measured is the engine.

Every call of the engine is answered here with the values that the real calls return, for customers who are willing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from novation.domain.answers import (
    AccessEnded,
    AgreementMade,
    AgreementRow,
    AgreementsRead,
    Answer,
    AssignmentMade,
    AttestationMade,
    AttestationRead,
    BaselineRead,
    BothSidesRead,
    GrantRead,
    InvitationRead,
    OldSideRead,
    RelationshipRead,
    SettingRestored,
    SubscriptionRead,
    TransferRead,
    TransfersRead,
)
from novation.domain.steps import StepKind
from novation.engine.steps import STEPS
from novation.engine.work import CallOutcome, Result, Work

Gate = Callable[[Work], Awaitable[None]]


class Instant:
    """Both accounts. `latency`: seconds that each call takes; `now`: programme time."""

    def __init__(self, now: Callable[[], datetime], latency: float = 0.0, items: int = 3) -> None:
        self.now, self.latency, self.items = now, latency, items
        self.calls: Counter[str] = Counter()
        self.accepted: set[str] = set()  # relationship, by tenant
        self.agreed: set[str] = set()
        self.transfers: dict[str, str] = {}
        self.moved: set[str] = set()
        self.gone: set[str] = set()

    def stand_in(self) -> None:
        """Takes the place of every call, and of every look-up, in this process."""
        for kind, step in STEPS.items():
            STEPS[kind] = replace(step, call=self._action, look_up=self._action)

    async def _action(self, accounts: Any, work: Work) -> Result:
        self.calls[str(work.kind)] += 1
        if self.latency:
            await asyncio.sleep(self.latency)
        return Result(outcome=CallOutcome.DONE, value=self._value(work))

    def _goods(self, tenant: str, *, new: bool) -> tuple[SubscriptionRead, ...]:
        ends = datetime(2027, 9, 1, tzinfo=self.now().tzinfo)
        return tuple(
            SubscriptionRead(
                subscription_id=f"{'n' if new else 'o'}{number}-{tenant}"[:36],
                product=f"CFQ7TTC0LH0{number}:0001",
                name=f"Microsoft 365 plan {number}",
                quantity=5 + number,
                term="P1Y",
                billing_cycle="monthly",
                ends=ends,
                auto_renew=True,
                status="active",
                product_type="OnlineServicesNCE",
                raw={"id": number, "friendlyName": f"Microsoft 365 plan {number}", "quantity": 5 + number},
            )
            for number in range(self.items)
        )

    def _value(self, work: Work) -> Answer:
        tenant, now, data = work.tenant, self.now(), work.data
        match work.kind:
            case StepKind.READ_BASELINE:
                profile = {"first_name": "Jana", "last_name": "Nová", "email": f"jana@{tenant[:8]}.example",
                           "language": "en", "phone": "", "country": "CZ", "city": "Brno"}  # fmt: skip
                goods, grants = (
                    self._goods(tenant, new=False),
                    (GrantRead(id=f"old-{tenant}", status="active"),),
                )
                return BaselineRead(subscriptions=goods, profile=profile, grants=grants, delegated=True)
            case StepKind.READ_INVITATION:
                return InvitationRead(url="https://admin.example/invitation")
            case StepKind.READ_RELATIONSHIP:
                return RelationshipRead(relationship="reseller" if tenant in self.accepted else "none")
            case StepKind.READ_AGREEMENT:
                given = (
                    (AgreementRow(template="t", agreed_at=now.isoformat()),) if tenant in self.agreed else ()
                )
                return AgreementsRead(direct=False, agreements=given)
            case StepKind.CREATE_ATTESTATION:
                link, until = "https://partner.example/a", now + timedelta(days=7)
                return AttestationMade(id=f"att-{work.step}", url=link, expires_at=until, signatory={})
            case StepKind.READ_ATTESTATION:
                return AttestationRead(id=data["attestation"], status="accepted")
            case StepKind.CREATE_AGREEMENT:
                self.agreed.add(tenant)
                return AgreementMade(attestation=data["attestation"])
            case StepKind.CREATE_ACCESS:
                return GrantRead(id=f"new-{work.step}", status="created")
            case StepKind.READ_ACCESS:
                if tenant not in self.accepted:
                    return GrantRead(id=data["relationship"], status="approvalPending")
                found = GrantRead(id=data["relationship"], status="active")
                assigned = data.get("assignment")
                return (
                    replace(found, assignment_id=assigned, assignment_status="active") if assigned else found
                )
            case StepKind.ASSIGN_ACCESS:
                return AssignmentMade(id=f"as-{work.step}", status="pending")
            case StepKind.READ_TRANSFERS:
                return TransfersRead(transfers=())
            case StepKind.CREATE_TRANSFER:
                return TransferRead(id=f"tr-{work.step}", status="Pending", source=data["source_tenant"])
            case StepKind.ACCEPT_TRANSFER:
                return TransferRead(id=data["transfer"], status="InProgress")
            case StepKind.READ_TRANSFER:
                self.moved.add(tenant)
                return TransferRead(id=data["transfer"], status="Complete")
            case StepKind.VERIFY:
                return BothSidesRead(source=(), target=self._goods(tenant, new=True))
            case StepKind.READ_OLD_SIDE:
                status = "terminated" if tenant in self.gone else "active"
                present = f"removed {tenant}" not in self.gone
                return OldSideRead(
                    present=present, left=0, grants=(GrantRead(id=f"old-{tenant}", status=status),)
                )
            case StepKind.END_OLD_ACCESS:
                self.gone.add(tenant)
                return AccessEnded(id=data["relationship"])
            case StepKind.REMOVE_RELATIONSHIP:
                self.gone.add(f"removed {tenant}")
                return Answer()
            case StepKind.RESTORE_SETTING:
                return SettingRestored(item=data["item"], auto_renew=data["auto_renew"])
            case _:
                return Answer()

"""A Microsoft that answers at once (or after a fixed time), so that what is measured is the engine.

Every call of the engine is answered here with the values that the real calls return, for customers who are willing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from novation.domain.steps import StepKind
from novation.engine.work import Came, Result, Work

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

    def actions(self) -> dict[StepKind, Callable[[Any, Work], Awaitable[Result]]]:
        """What stands in for `novation.engine.actions.CALLS`."""
        return dict.fromkeys(StepKind, self._action)

    async def _action(self, accounts: Any, work: Work) -> Result:
        self.calls[str(work.kind)] += 1
        if self.latency:
            await asyncio.sleep(self.latency)
        return Result(came=Came.DONE, value=self._value(work))

    def _goods(self, tenant: str, *, new: bool) -> list[dict[str, Any]]:
        ends = datetime(2027, 9, 1, tzinfo=self.now().tzinfo)
        return [
            {
                "subscription_id": f"{'n' if new else 'o'}{number}-{tenant}"[:36],
                "product": f"CFQ7TTC0LH0{number}:0001",
                "name": f"Microsoft 365 plan {number}",
                "quantity": 5 + number,
                "term": "P1Y",
                "billing_cycle": "monthly",
                "ends": ends,
                "auto_renew": True,
                "status": "active",
                "product_type": "OnlineServicesNCE",
                "is_trial": False,
                "parent": "",
                "pending_change": False,
                "promotion": "",
                "next_term": "",
                "cancel_at_end": False,
                "raw": {"id": number, "friendlyName": f"Microsoft 365 plan {number}", "quantity": 5 + number},
            }
            for number in range(self.items)
        ]

    def _value(self, work: Work) -> dict[str, Any]:
        tenant, now = work.tenant, self.now()
        match work.kind:
            case StepKind.READ_BASELINE:
                profile = {"first_name": "Jana", "last_name": "Nová", "email": f"jana@{tenant[:8]}.example",
                           "language": "en", "phone": "", "country": "CZ", "city": "Brno"}  # fmt: skip
                goods, grants = self._goods(tenant, new=False), [_grant(f"old-{tenant}", "active")]
                return {"subscriptions": goods, "profile": profile, "grants": grants, "delegated": True,
                        "papers": None}  # fmt: skip
            case StepKind.READ_INVITATION:
                return {"url": "https://admin.example/invitation"}
            case StepKind.READ_RELATIONSHIP:
                return {"relationship": "reseller" if tenant in self.accepted else "none"}
            case StepKind.READ_AGREEMENT:
                given = [{"template": "t", "agreed_at": now.isoformat()}] if tenant in self.agreed else []
                return {"direct": False, "agreements": given}
            case StepKind.CREATE_ATTESTATION:
                return {"id": f"att-{work.step}", "url": "https://partner.example/a",
                        "expires_at": now + timedelta(days=7), "signatory": {}}  # fmt: skip
            case StepKind.READ_ATTESTATION:
                return {"id": work.data["attestation"], "status": "accepted"}
            case StepKind.CREATE_AGREEMENT:
                self.agreed.add(tenant)
                return {"attestation": work.data["attestation"]}
            case StepKind.CREATE_ACCESS:
                return _grant(f"new-{work.step}", "created")
            case StepKind.READ_ACCESS:
                if tenant not in self.accepted:
                    return _grant(work.data["relationship"], "approvalPending")
                assigned = work.data.get("assignment")
                more = {"assignment_id": assigned, "assignment_status": "active"} if assigned else {}
                return {**_grant(work.data["relationship"], "active"), **more}
            case StepKind.ASSIGN_ACCESS:
                return {"id": f"as-{work.step}", "status": "pending"}
            case StepKind.READ_TRANSFERS:
                return {"transfers": []}
            case StepKind.CREATE_TRANSFER:
                return _transfer(f"tr-{work.step}", "Pending", work.data["source_tenant"])
            case StepKind.ACCEPT_TRANSFER:
                return _transfer(work.data["transfer"], "InProgress", "")
            case StepKind.READ_TRANSFER:
                self.moved.add(tenant)
                return _transfer(work.data["transfer"], "Complete", "")
            case StepKind.VERIFY:
                return {"source": [], "target": self._goods(tenant, new=True)}
            case StepKind.READ_OLD_SIDE:
                grants = [_grant(f"old-{tenant}", "terminated" if tenant in self.gone else "active")]
                return {"present": f"removed {tenant}" not in self.gone, "left": 0, "grants": grants}
            case StepKind.END_OLD_ACCESS:
                self.gone.add(tenant)
                return {"id": work.data["relationship"]}
            case StepKind.REMOVE_RELATIONSHIP:
                self.gone.add(f"removed {tenant}")
                return {}
            case StepKind.RESTORE_SETTING:
                return {"item": work.data["item"], "auto_renew": work.data["auto_renew"]}
            case _:
                return {}


def _grant(name: str, status: str) -> dict[str, Any]:
    return {"id": name, "status": status, "ends_at": None}


def _transfer(name: str, status: str, source: str) -> dict[str, Any]:
    return {"id": name, "status": status, "source": source, "created_at": None, "expires_at": None,
            "completed_at": None}  # fmt: skip

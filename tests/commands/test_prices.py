"""`novation import --prices`: from the reconciliation files of the old account to findings in money."""

from typing import Any

import pytest

from novation.moves.models import Item, ItemPrice, Move
from novation.partnercenter.clock import SystemClock
from tests.builders import NOW
from tests.commands.conftest import Run
from tests.engine.rehearsal import Emulator


def test_prices_are_read_and_whom_they_concern_is_judged_anew(
    connected: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(self: Any, seconds: float) -> None:
        emulator.ask("POST", "/clock", advance=max(1.0, seconds))

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    connected("import")
    emulator.ask("POST", "/clock", advance=40 * 86_400)  # a month of charges, and its invoice
    owned = {tenant: emulator.ask("GET", f"/customers/{tenant}") for tenant in tenants()}
    for move in Move.objects.select_related("customer"):
        for row in owned[move.customer.tenant_id]["subscriptions"]:
            Item.objects.create(
                move=move, subscription_id=row["id"], product="P:1", name="Product", quantity=1, status="active",
                baseline={},
            )  # fmt: skip
    Move.objects.update(baseline_at=NOW, readiness_due=None)
    code, out, said = connected("import", "--prices")
    assert (code, said) == (0, ""), said
    kept = list(ItemPrice.objects.all())
    assert kept and f"{len(kept)} of them" in out
    assert all(0 < price.seat_month < 100 and price.currency == "EUR" for price in kept)
    assert Move.objects.exclude(readiness_due=None).exists()
    assert connected("import", "--prices")[0] == 0  # once more changes nothing but the date
    assert ItemPrice.objects.count() == len(kept)


def tenants() -> list[str]:
    return list(Move.objects.values_list("customer__tenant_id", flat=True))

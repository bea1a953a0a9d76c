"""The client against the emulator, which was written from the same reference by other hands."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import date
from typing import Any
from urllib.request import Request, urlopen

import pytest

from novation.partnercenter import (
    Account,
    Done,
    Endpoints,
    NotDone,
    Pace,
    PartnerCenter,
    Timeouts,
    Unknown,
    errors,
)

READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"


class Emulator:
    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready

    def client(self, name: str, **options: Any) -> PartnerCenter:
        told = self.ready["accounts"][name]
        account = Account(
            name, told["tenant_id"], told["client_id"], told["client_secret"], told["refresh_token"]
        )
        ends = Endpoints(api=self.ready["api"], login=self.ready["login"], graph=self.ready["graph"])
        return PartnerCenter(account, ends, timeouts=Timeouts(read=1.5, total=10.0), **options)

    def control(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.ready['control']}{path}"
        with urlopen(Request(address, data, {"Content-Type": "application/json"}), timeout=10) as answer:  # noqa: S310  - our own process on loopback
            return json.load(answer)


@contextmanager
def emulator(*more: str) -> Iterator[Emulator]:
    command = [
        sys.executable,
        "-m",
        "novation.emulator",
        "--port",
        "0",
        "--control-port",
        "0",
        "--with-parent",
    ]
    process = subprocess.Popen(
        [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        yield Emulator(json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def calm() -> Iterator[Emulator]:
    with emulator("--customers", "30", "--seed", "3") as running:
        yield running


def together(world: Emulator, work: Any, **options: Any) -> Any:
    async def whole() -> Any:
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(world.client(name, **options))
                for name in ("source", "target")
            ]
            return await work(*clients)

    return asyncio.run(whole())


def done(outcome: Any) -> Any:
    assert isinstance(outcome, Done), outcome
    return outcome.value


def test_everything_that_the_inventory_reads_is_read_without_oddities(calm: Emulator) -> None:
    async def work(source: PartnerCenter, target: PartnerCenter) -> None:
        listed = [c async for c in source.customers.list(page_size=7)]
        assert len({c.id for c in listed}) == len(listed) == 30
        for customer in listed[:8]:
            tid = str(customer.id)
            parts = [
                await source.customers.get(tid),
                await source.customers.billing_profile(tid),
                *await source.subscriptions.list(tid),
                *await source.users.subscribed_skus(tid),
                *[u async for u in source.users.list(tid)],
                *await source.agreements.list(tid),
                *await source.transfers.list(tid),
            ]
            assert [part.oddities for part in parts] == [()] * len(parts)
            assert (await source.customers.get(tid)).relationship == "reseller"
        assert [c async for c in target.customers.list()] == []
        with pytest.raises((errors.NoRelationship, errors.NotFound)):
            await target.subscriptions.list(str(listed[0].id))

    together(calm, work)


def test_one_customer_moves_from_source_to_target(calm: Emulator) -> None:
    people = calm.control("/customers?limit=30")["items"]

    async def work(source: PartnerCenter, target: PartnerCenter) -> None:
        for person in people:
            tid = person["tenantId"]
            listed = await source.subscriptions.list(tid)
            subs = [s for s in listed if s.status == "active" and not s.is_trial]
            if 1 <= len(subs) <= 25 and {s.product_type for s in subs} == {"OnlineServicesNCE"}:
                break
        assert (await target.relationships.invitation()).url.startswith("http")
        calm.control(f"/customers/{tid}/accept-relationship", {"partner": "target", "actor": "customer"})
        contact = {"first_name": "Ada", "last_name": "Lang", "email": "ada@kunde.example"}
        attestation = done(
            await target.agreements.create_attestation(
                country="DE", language="de", company_name="Kunde", **contact
            )
        )
        assert isinstance(await target.agreements.create(tid, attestation_id=attestation.id), NotDone)
        calm.control(f"/attestations/{attestation.id}/accept", {})
        assert (await target.agreements.attestation(attestation.id)).status == "accepted"
        done(await target.agreements.create(tid, attestation_id=attestation.id))
        again = await target.agreements.create(tid, attestation_id=attestation.id)
        assert isinstance(again, NotDone) and isinstance(again.error, errors.AlreadyExists)

        transfer = done(
            await target.transfers.create(
                tid,
                source_tenant_id=source.account.tenant_id,
                source_name="Alt",
                customer_email="a@b.example",
            )
        )
        items = [(s.id, "OnlineServicesNCE") for s in subs]
        done(await source.transfers.accept(tid, transfer.id, items=items))
        calm.control("/clock", {"advance": 3 * 86400})
        finished = await target.transfers.get(tid, transfer.id)
        assert finished.status is not None and finished.status.is_complete
        moved = await target.subscriptions.list(tid)
        wanted = sorted((s.product_id, s.sku_id, s.quantity, s.commitment_end) for s in subs)
        assert sorted((s.product_id, s.sku_id, s.quantity, s.commitment_end) for s in moved) == wanted
        assert not {s.id for s in moved} & {s.id for s in subs}

        relationship = done(
            await target.gdap.create(display_name="Kunde 1", customer_tenant_id=tid, roles=[READER])
        )
        done(await target.gdap.lock_for_approval(relationship.id))
        calm.control(f"/gdap/{relationship.id}/approve", {"tenantId": tid, "actor": "customer"})
        calm.control("/clock", {"advance": 86400})
        assert (await target.gdap.get(relationship.id)).status == "active"
        group = calm.ready["accounts"]["target"]["security_group_id"]
        done(await target.gdap.assign(relationship.id, group_id=group, roles=[READER]))
        calm.control("/clock", {"advance": 3600})
        assert [a.status for a in await target.gdap.assignments(relationship.id)] == ["active"]
        records = [r async for r in target.audit.list(start=date(2026, 11, 20), customer_id=tid)]
        assert "create_transfer" in {r.operation_type for r in records}

    together(calm, work)
    assert calm.control("/call-record/summary")["repeated_writes"] == 0


def test_a_hostile_server_costs_time_but_no_item_and_no_wrong_outcome() -> None:
    with emulator("--customers", "40", "--seed", "5", "--faults", "hostile", "--rate", "0") as world:

        async def work(source: PartnerCenter, target: PartnerCenter) -> None:
            listed = [c.id async for c in source.customers.list(page_size=10)]
            assert len(listed) == len(set(listed)) == 40
            outcomes: list[Any] = []

            async def rename(tid: str) -> None:
                subs = await source.subscriptions.list(tid)
                active = [s for s in subs if s.status == "active"]
                if active:
                    outcomes.append(await source.subscriptions.rename(tid, active[0].id, "Neu"))

            await asyncio.gather(*(rename(str(tid)) for tid in listed))
            kinds = {type(outcome) for outcome in outcomes}
            assert kinds <= {Done, NotDone, Unknown} and Done in kinds
            seen = {o.exchange.request_id for o in outcomes if o.exchange is not None}
            call_record = world.control("/call-record?limit=10000")
            entries = call_record["items"] if "items" in call_record else call_record["entries"]
            changed = {e["requestId"] for e in entries if e["effect"] in ("changed", "created")}
            # What is called done was done; what is called not done was not.
            for outcome in outcomes:
                ids = str(outcome.exchange.request_id) if outcome.exchange else ""
                if isinstance(outcome, NotDone):
                    assert ids not in changed
            assert seen

        together(world, work, pace=Pace(per_minute=100_000, tries=8, backoff=0.05, longest_backoff=0.5))

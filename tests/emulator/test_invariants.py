"""Whatever two partners and a customer do, in any order: nothing is owned twice, no seat is lost, no state jumps."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from novation.emulator import (
    customer_actions,
    gdap_rules,
    lapsing,
    order_rules,
    subscription_rules,
    transfer_rules,
)
from novation.emulator.agreements import Attestation
from novation.emulator.catalogue import LICENCES
from novation.emulator.clock import DEFAULT_START, VirtualClock
from novation.emulator.customers import Customer
from novation.emulator.http import subscriptions
from novation.emulator.http.calls import Answer, Call, fold
from novation.emulator.ownership import ownership_summary
from novation.emulator.partners import PARTNERS
from novation.emulator.refusals import Illegal, Refusal
from novation.emulator.subscriptions import Subscription
from novation.emulator.transfers import Transfer
from novation.emulator.world import World

TRANSFER_PATHS = {
    ("Pending", "InProgress"), ("Pending", "Cancel"), ("Pending", "Reject"), ("Pending", "Expired"),
    ("InProgress", "Complete"), ("InProgress", "Failed"),
}  # fmt: skip
GDAP_PATHS = {
    ("created", "approvalPending"), ("approvalPending", "approved"), ("approvalPending", "expired"),
    ("approvalPending", "created"), ("approved", "activating"), ("approved", "active"), ("activating", "active"),
    ("active", "terminationRequested"), ("active", "terminating"), ("terminationRequested", "terminating"),
    ("terminationRequested", "terminated"), ("terminating", "terminated"), ("active", "expired"), ("active", "active"),
}  # fmt: skip
SUBSCRIPTION_PATHS = {
    ("active", "suspended"), ("suspended", "active"), ("active", "deleted"), ("suspended", "deleted"),
    ("active", "expired"), ("suspended", "expired"), ("expired", "disabled"), ("disabled", "deleted"),
}  # fmt: skip
ATTESTATION_PATHS = {
    ("created", "accepted"), ("created", "refused"), ("created", "expired"), ("accepted", "finalised"),
}  # fmt: skip
ACCOUNTS = st.sampled_from(sorted(PARTNERS))
PICK = st.integers(0, 10_000)


class Moves(RuleBasedStateMachine):
    """Two partners, three customers, one clock. Refusals are fine; broken invariants are not."""

    @initialize(seed=st.integers(1, 40), faults=st.sampled_from(["none", "default", "hostile"]))
    def begin(self, seed: int, faults: str) -> None:
        clock = VirtualClock(DEFAULT_START, 0.0)
        self.watch(World(clock, seed=seed, customers=3, plain=False, faults=faults))

    def watch(self, world: World) -> None:
        """Begins with this world, as the server would."""
        self.world = world
        self.world.on_file_opened += [gdap_rules.schedule_file, lapsing.schedule_file]
        self.states: dict[str, str] = {}
        self.seats = {
            s: i.quantity for c in self.world.customers.values() for s, i in self.items(c).items() if i.live
        }
        self.lineages = set(self.seats)

    def items(self, customer: Customer) -> dict[str, Subscription]:
        return self.world.file(customer).subscriptions

    def customer(self, pick: int) -> Customer:
        return list(self.world.customers.values())[pick % len(self.world.customers)]

    def transfer(self, customer: Customer, pick: int) -> Transfer | None:
        found = list(self.world.file(customer).transfers.values())
        return found[pick % len(found)] if found else None

    def attempt(self, deed: Any, *args: Any, **how: Any) -> Any:
        try:
            return deed(self.world, *args, **how)
        except (Refusal, Illegal):
            return None

    @rule(pick=PICK, account=ACCOUNTS)
    def accept_partner(self, pick: int, account: str) -> None:
        self.attempt(customer_actions.accept_relationship, self.customer(pick).tid, account, "customer", None)

    @rule(pick=PICK, account=ACCOUNTS)
    def leave_partner(self, pick: int, account: str) -> None:
        self.attempt(customer_actions.remove_relationship, self.customer(pick).tid, account, "customer")

    @rule(pick=PICK)
    def accept_agreement(self, pick: int) -> None:
        self.attempt(
            customer_actions.accept_agreement, self.customer(pick).tid, None, "A", "B", "a@b.example"
        )

    @rule(pick=PICK, account=ACCOUNTS)
    def ask_for_a_transfer(self, pick: int, account: str) -> None:
        source = PARTNERS["target" if account == "source" else "source"]
        self.attempt(
            transfer_rules.create,
            self.customer(pick),
            account,
            source_tenant=source.tenant_id,
            source_name=source.name,
            email="a@b.example",
            name="",
            kind=3,
            product_types=[],
            mpn=None,
            actor=None,
        )

    @rule(pick=PICK, which=PICK, account=ACCOUNTS, some=st.sets(st.integers(0, 39), max_size=26))
    def accept_a_transfer(self, pick: int, which: int, account: str, some: set[int]) -> None:
        customer = self.customer(pick)
        transfer = self.transfer(customer, which)
        if transfer is not None:
            known = [i for i in self.items(customer).values() if i.account == account]
            lines = [
                (i.id, "AzureSubscription" if i.sku.product_type == "Azure" else "OnlineServicesNCE")
                for n, i in enumerate(known)
                if n in some
            ]
            self.attempt(transfer_rules.accept, customer, account, transfer, lines, None)

    @rule(pick=PICK, account=ACCOUNTS)
    def move_everything_that_can_move(self, pick: int, account: str) -> None:
        customer = self.customer(pick)
        self.accept_partner(pick, "target" if account == "source" else "source")
        self.accept_agreement(pick)
        self.ask_for_a_transfer(pick, "target" if account == "source" else "source")
        pending = [
            t
            for t in self.world.file(customer).transfers.values()
            if t.status == "Pending" and t.source == account
        ]
        items = [i for i in self.items(customer).values() if i.account == account and i.status == "active"]
        lines = [
            (i.id, "OnlineServicesNCE")
            for i in items
            if i.sku.product_type == "OnlineServicesNCE" and not i.is_trial
        ]
        if pending:
            self.attempt(transfer_rules.accept, customer, account, pending[0], lines[:25], None)

    @rule(
        pick=PICK,
        which=PICK,
        account=ACCOUNTS,
        deed=st.sampled_from([transfer_rules.cancel, transfer_rules.reject]),
    )
    def end_a_transfer(self, pick: int, which: int, account: str, deed: Any) -> None:
        customer = self.customer(pick)
        transfer = self.transfer(customer, which)
        if transfer is not None:
            self.attempt(deed, customer, account, transfer, None)

    @rule(
        pick=PICK,
        which=PICK,
        change=st.sampled_from(["seats", "suspend", "activate", "renew-off", "renew-on", "delete"]),
        count=st.integers(1, 50),
    )
    def change_a_subscription(self, pick: int, which: int, change: str, count: int) -> None:
        customer = self.customer(pick)
        found = list(self.items(customer).values())
        if not found:
            return
        item = found[which % len(found)]
        body: dict[str, Any] = {"autoRenewEnabled": item.auto_renew}
        body |= {
            "seats": {"quantity": count}, "suspend": {"status": "suspended"}, "activate": {"status": "active"},
            "renew-off": {"autoRenewEnabled": False}, "renew-on": {"autoRenewEnabled": True},
            "delete": {"status": "deleted"},
        }[change]  # fmt: skip
        before = item.quantity
        done = self.attempt(subscription_rules.change, customer, item, fold(body))
        if done and "quantity" in done:
            self.seats[item.lineage] += item.quantity - before
        elif done is None:
            assert item.quantity == before

    @rule(pick=PICK, account=ACCOUNTS, which=PICK, count=st.integers(1, 300))
    def buy(self, pick: int, account: str, which: int, count: int) -> None:
        customer, sku = self.customer(pick), LICENCES[which % len(LICENCES)]
        if self.world.sold_by(customer, account):
            wish = order_rules.OrderLine(sku, count, "P1M", "monthly", sku.title)
            for line in order_rules.buy(self.world, customer, account, [wish], None).lines:
                self.seats[str(line["subscriptionId"])] = count

    @rule(pick=PICK, which=PICK)
    def send_a_subscription_back_as_it_was_read(self, pick: int, which: int) -> None:
        customer = self.customer(pick)
        found = [i for i in self.items(customer).values() if i.live]
        if found:
            item = found[which % len(found)]
            call = Call(self.world, "PATCH", "", {}, {}, b"", {}, "")
            body = json.loads(
                Answer(200, subscriptions.subscription_body(customer, item, call)).encoded(bom=False)
            )
            version = item.version
            assert not self.attempt(subscription_rules.change, customer, item, fold(body))
            assert item.version == version

    @rule(pick=PICK, account=ACCOUNTS, minutes=st.sampled_from([5, 600, 10_080]))
    def ask_for_an_agreement(self, pick: int, account: str, minutes: int) -> None:
        now, who = self.world.now, self.customer(pick)
        made = Attestation(
            self.world.new_id(), account, who.country, "de", who.name, "A", "B", "a@b.example", "", now,
            now + timedelta(minutes=minutes),
        )  # fmt: skip
        self.world.attestations[made.id] = made

    @rule(which=PICK, accepted=st.booleans())
    def answer_about_an_agreement(self, which: int, accepted: bool) -> None:
        found = list(self.world.attestations)
        if found:
            self.attempt(
                customer_actions.answer_attestation, found[which % len(found)], "customer", accepted=accepted
            )

    @rule(pick=PICK, account=ACCOUNTS)
    def ask_for_admin_rights(self, pick: int, account: str) -> None:
        made = self.attempt(
            gdap_rules.create, account, display_name=f"r{len(self.world.gdap)}", duration="P30D",
            roles=["f2ef992c-3afb-46b9-b7cf-a126ee74c451"], auto_extend="PT0S", customer=self.customer(pick),
            customer_name=None,
        )  # fmt: skip
        if made:
            self.attempt(gdap_rules.lock, made[0])

    @rule(
        which=PICK,
        pick=PICK,
        deed=st.sampled_from(
            [customer_actions.approve_gdap, customer_actions.reject_gdap, customer_actions.terminate_gdap]
        ),
    )
    def answer_about_admin_rights(self, which: int, pick: int, deed: Any) -> None:
        found = list(self.world.gdap)
        if found:
            self.attempt(deed, found[which % len(found)], self.customer(pick).tid, "customer")

    @rule(
        length=st.sampled_from(
            [
                timedelta(seconds=40),
                timedelta(minutes=9),
                timedelta(hours=3),
                timedelta(days=2),
                timedelta(days=33),
                timedelta(days=370),
            ]
        )
    )
    def time_passes(self, length: timedelta) -> None:
        # In small steps, so that every state in between is seen.
        end = self.world.now + length
        planned = [
            (i, int(i.scheduled["quantity"]))
            for c in self.world.customers.values()
            for i in self.items(c).values()
            if i.live and i.scheduled
        ]
        while self.world._due and self.world._due[0][0] <= end:
            self.world.run_due(self.world._due[0][0])
            self.paths_are_legal()
        self.world.run_due(end)
        for customer in self.world.customers.values():
            self.items(customer)  # renews what is due
        for item, quantity in planned:
            # The item itself must have renewed: a transfer drops what was scheduled, and its copy renews as it is.
            if any(
                (step.kind, step.how) == ("term", "renew") and step.at > end - length for step in item.history
            ):
                self.seats[item.lineage] = quantity

    @invariant()
    def every_item_has_one_owner_or_a_lawful_end(self) -> None:
        for customer in self.world.customers.values():
            found: dict[str, list[Subscription]] = {}
            for item in self.items(customer).values():
                found.setdefault(item.lineage, []).append(item)
            for lineage, copies in found.items():
                live = [i for i in copies if i.live]
                assert len(live) <= 1
                if not live and lineage in self.lineages:
                    assert any(i.ended in {"term", "cancel"} for i in copies)
                for item in live:
                    assert item.quantity == self.seats[lineage]
                    assert item.commitment_end > self.world.now
                    if item.transfer_id:
                        transfer = self.world.file(customer).transfers[item.transfer_id]
                        assert transfer.status == "InProgress"

    @invariant()
    def the_ownership_adds_up(self) -> None:
        found = ownership_summary(self.world)
        items = found["items"]
        assert items["both"] == 0
        assert sum(items[key] for key in ("source", "target", "both", "neither", "ended")) == items["total"]

    @invariant()
    def paths_are_legal(self) -> None:
        for customer in self.world.customers.values():
            for transfer in self.world.file(customer).transfers.values():
                self.step(transfer.id, transfer.status, TRANSFER_PATHS, "Pending")
            for item in self.items(customer).values():
                self.step(item.id, item.status, SUBSCRIPTION_PATHS, None)
        for relationship in self.world.gdap.values():
            self.step(relationship.id, relationship.status, GDAP_PATHS, None)
        for attestation in self.world.attestations.values():
            self.step(attestation.id, attestation.state_at(self.world.now), ATTESTATION_PATHS, "created")

    def step(self, key: str, now: str, paths: set[tuple[str, str]], first: str | None) -> None:
        before = self.states.get(key, first or now)
        if before != now and (before, now) not in paths:
            # Two steps may lie between two looks; each of them has to be legal.
            between = {b for a, b in paths if a == before} & {a for a, b in paths if b == now}
            assert between, f"{before} -> {now}"
        self.states[key] = now


def test_a_move_drops_what_was_scheduled_and_the_seats_stay_for_years() -> None:
    """Found at random: after a move and 370 days there were two seats where this model expected the scheduled one."""
    machine = Moves()
    machine.begin(14, "none")
    scheduled = [i for i in machine.items(machine.customer(0)).values() if i.scheduled]
    assert [(i.quantity, i.scheduled["quantity"]) for i in scheduled if i.scheduled] == [(2, 1)]
    machine.move_everything_that_can_move(0, "source")
    machine.time_passes(timedelta(days=370))
    machine.every_item_has_one_owner_or_a_lawful_end()
    machine.the_ownership_adds_up()
    (moved,) = [
        i for i in machine.items(machine.customer(0)).values() if i.live and i.lineage == scheduled[0].id
    ]
    assert (moved.account, moved.quantity) == ("target", 2)


Moves.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_two_partners_and_a_customer_in_any_order = Moves.TestCase

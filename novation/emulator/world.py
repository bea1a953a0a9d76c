"""The state of everything, and how time passes over it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random

from novation.emulator.agreements import Attestation
from novation.emulator.audit import AuditRecord, audit_value, record_id
from novation.emulator.bends import Bends
from novation.emulator.call_record import CallRecord
from novation.emulator.catalogue import AZURE_PLAN
from novation.emulator.clock import VirtualClock
from novation.emulator.customers import Customer, CustomerFile
from novation.emulator.directories import make_directory
from novation.emulator.exports import Export
from novation.emulator.faults import Faults
from novation.emulator.gdap import AdminRelationship
from novation.emulator.ids import guid
from novation.emulator.partners import PARTNERS
from novation.emulator.portfolio import open_file
from novation.emulator.roster import Roster
from novation.emulator.seed import make_customers
from novation.emulator.subscriptions import end_term
from novation.emulator.tokens import Tokens
from novation.emulator.users import Directory
from novation.emulator.webhook_events import Registration, WebhookEvent

Action = Callable[[datetime], None]


class World:
    """Two accounts, their customers, and what is going to happen.

    Nothing here reads the clock by itself: ``settle`` is called with the time before each request and does
    everything that was due until then, in order, each thing at its own time.
    """

    def __init__(
        self, clock: VirtualClock, *, seed: int, customers: int, plain: bool, faults: str, rich: bool = False
    ) -> None:
        self.clock = clock
        self.faults_profile = faults
        self.tokens = Tokens()
        # Set once webhooks are delivered: the signing certificate and its authority, PEM.
        self.webhook_certificate: Callable[[], bytes] | None = None
        self.on_built: list[Callable[[World], None]] = []
        self.on_file_opened: list[Callable[[World, CustomerFile], None]] = []
        self.build_from_seed(seed, customers, plain=plain, rich=rich)

    def build_from_seed(self, seed: int, count: int, *, plain: bool, rich: bool = False) -> None:
        """Makes the world anew from a seed."""
        self.seed, self.plain, self.rich = seed, plain, rich
        self.start = self.now = self.clock.now()
        self.draw = Random(f"{seed}/world")
        self.faults = Faults(self.faults_profile, seed)
        self.call_record = CallRecord()
        self.bends = Bends()
        self.customers: dict[str, Customer] = {}
        self.by_domain: dict[str, Customer] = {}
        self.rosters = {account: Roster() for account in PARTNERS}
        for customer in make_customers(seed, count, plain=plain, rich=rich):
            self._index_customer(customer)
            self.rosters["source"].add(customer.tid)
        self.attestations: dict[str, Attestation] = {}
        self.latest_attestation: dict[tuple[str, ...], str] = {}
        self.gdap: dict[str, AdminRelationship] = {}
        # Security groups in the partners' own tenants; an access assignment takes no other.
        self.groups: dict[str, set[str]] = {account: {p.group_id} for account, p in PARTNERS.items()}
        self.gdap_serial = itertools.count(1)
        self.gdap_names: dict[str, set[str]] = {account: set() for account in PARTNERS}
        self.audit: dict[str, list[AuditRecord]] = {account: [] for account in PARTNERS}
        self.registrations: dict[str, Registration] = {}
        self.pending_events: list[WebhookEvent] = []
        self.tests: dict[str, WebhookEvent] = {}
        self.tested: dict[str, list[float]] = {}
        self.exports: dict[str, Export] = {}
        self.admin_sessions: dict[str, tuple[str, str]] = {}
        self.ordered_lines: set[tuple[str, str, str]] = set()
        self._due: list[tuple[datetime, int, str | None, Action]] = []
        self._order = itertools.count()
        self._totals: tuple[int, int, int] | None = None
        for begin in self.on_built:
            begin(self)

    def _index_customer(self, customer: Customer) -> None:
        self.customers[customer.tid] = customer
        self.by_domain[customer.domain] = customer
        self.by_domain[customer.default_domain] = customer

    def add_customer(self, customer: Customer, file: CustomerFile, account: str) -> None:
        """A tenant made through the API."""
        customer.file = file
        self._index_customer(customer)
        self.rosters[account].add(customer.tid)

    def new_id(self) -> str:
        """A GUID for something that did not exist in the seed."""
        return guid(self.draw)

    # -- time ---------------------------------------------------------------------------------------

    def schedule(self, due: datetime, action: Action, customer: Customer | None = None) -> None:
        """Does something when its time comes."""
        heapq.heappush(self._due, (due, next(self._order), customer.tid if customer else None, action))

    def run_due(self, now: datetime) -> None:
        """Does all that was due until ``now``."""
        while self._due and self._due[0][0] <= now:
            due, _, tid, action = heapq.heappop(self._due)
            self.now = max(self.now, due)
            if tid is not None and (customer := self.customers.get(tid)) is not None and customer.file:
                self._renew(customer, customer.file)
            action(due)
        self.now = max(self.now, now)

    def file(self, customer: Customer) -> CustomerFile:
        """The customer's file, opened if need be, with its renewals done."""
        if customer.file is None:
            customer.file = self.seeded_file(customer)
            for relationship in customer.file.gdap.values():
                self.gdap[relationship.id] = relationship
                self.gdap_names[relationship.account].add(relationship.display_name)
            for watch in self.on_file_opened:
                watch(self, customer.file)
        self._renew(customer, customer.file)
        return customer.file

    def _renew(self, customer: Customer, file: CustomerFile) -> None:
        if file.next_renewal is not None and file.next_renewal > self.now:
            return
        while True:
            due = min(
                (i for i in file.subscriptions.values() if i.live and i.commitment_end <= self.now),
                key=lambda i: i.commitment_end,
                default=None,
            )
            if due is None:
                break
            at = due.commitment_end
            outcome = end_term(due, at)
            record = self.log_activity(
                due.account, customer, "subscription", "update_subscription", {"id": due.id, "status": due.status},
                at=at, actor="system", data={"SubscriptionId": due.id, "Event": outcome or ""},
            )  # fmt: skip
            uri = f"/v1/customers/{customer.tid}/subscriptions/{due.id}"
            self.queue_event(due.account, "subscription-updated", uri, "subscription", record)
        ends = [i.commitment_end for i in file.subscriptions.values() if i.live]
        file.next_renewal = min(ends, default=None) or self.now + timedelta(days=36_500)

    def forget_next_renewal(self, customer: Customer) -> None:
        """To be called when a subscription came, went or changed its end."""
        if customer.file is not None:
            customer.file.next_renewal = None

    def directory(self, customer: Customer) -> Directory:
        """The customer's users, made at the first look."""
        file = self.file(customer)
        if file.directory is None:
            items = list(file.subscriptions.values())
            file.directory = make_directory(customer, self.seed, items)
        return file.directory

    def gdap_relationship(self, rid: str) -> AdminRelationship | None:
        """A relationship by id; seeded ones name their customer in the second half of the id."""
        if rid not in self.gdap and (customer := self.customers.get(rid[37:])) is not None:
            self.file(customer)
        return self.gdap.get(rid)

    def sold_by(self, customer: Customer, account: str) -> bool:
        """Is there a live reseller relationship?"""
        return customer.tid in self.rosters[account]

    # -- records ------------------------------------------------------------------------------------

    def log_activity(
        self, account: str, customer: Customer | None, resource: str, operation: str, new_value: object,
        *, at: datetime | None = None, actor: str | None = None, old_value: object = None,
        status: str = "succeeded", correlation_id: str | None = None, data: dict[str, str] | None = None,
    ) -> AuditRecord:  # fmt: skip
        """Adds a record to an account's activity log and returns it."""
        partner, moment = PARTNERS[account], at or self.now
        tid = customer.tid if customer else None
        records = self.audit[account]
        record = AuditRecord(
            id=record_id(partner.tenant_id, tid, operation, moment, len(records)),
            partner_id=partner.tenant_id,
            customer_id=tid,
            customer_name=customer.name if customer else None,
            user=actor if actor and "@" in actor else None,
            application_id=partner.client_id,
            resource_type=resource,
            operation=operation,
            at=moment,
            status=status,
            correlation_id=correlation_id,
            old_value=audit_value(old_value) if old_value is not None else None,
            new_value=audit_value(new_value) if new_value is not None else None,
            data=data or {},
        )
        records.append(record)
        return record

    def queue_event(
        self, account: str, event: str, uri: str | None, name: str, audit: AuditRecord | None = None
    ) -> None:
        """Queues a webhook event for an account that registered for it."""
        registration = self.registrations.get(account)
        if registration is not None and event in registration.events:
            self.pending_events.append(
                WebhookEvent(account, event, uri, name, audit.id if audit else None, self.now, self.now)
            )

    # -- the judge ----------------------------------------------------------------------------------

    def count_seed(self) -> Iterator[None]:
        """Counts the seed, customer by customer, so that a server can answer others in between."""
        if self._totals is not None:
            return
        items = seats = live = 0
        for customer in list(self.customers.values()):
            if customer.seeded:
                counted = self.seeded_totals(customer)
                items, live, seats = items + counted[0], live + counted[1], seats + counted[2]
                yield
        self._totals = items, live, seats

    def seeded_totals(self, customer: Customer) -> tuple[int, int, int]:
        """(active items, billed items, billed seats) of one customer on the first day; Azure plans have no seats."""
        file = self.seeded_file(customer)
        live = [item for item in file.subscriptions.values() if item.live]
        return len(file.originals), len(live), sum(i.quantity for i in live if i.sku is not AZURE_PLAN)

    def seed_totals(self) -> tuple[int, int, int]:
        """The sums of ``seeded_totals`` over all customers."""
        for _ in self.count_seed():
            pass
        if self._totals is None:
            raise RuntimeError("The world was made anew while it was counted.")
        return self._totals

    def seeded_file(self, customer: Customer) -> CustomerFile:
        """The file as the seed makes it, without opening it."""
        return open_file(customer, self.seed, self.start, plain=self.plain, rich=self.rich)

    def opened_files(self) -> Iterator[tuple[Customer, CustomerFile]]:
        """Customers that somebody has looked at; all others are as the seed made them."""
        for customer in self.customers.values():
            if customer.file is not None:
                yield customer, self.file(customer)

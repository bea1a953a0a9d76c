"""A programme with customers in every state, for the tests and screenshots of the console.

States are written straight into rows: how they come about is tested elsewhere. Tasks, decisions and their events
go through the services, so that pages show what services really leave.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User

from novation.console.operators import create_operator
from novation.customers.models import Account, Contact, Customer
from novation.domain.facts import BatchState, ItemState
from novation.domain.stage import ENDED
from novation.domain.steps import StepKind, TaskKind
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.models import Attestation, Batch, Grant, Item, Move, Programme, Wave
from novation.moves.services import decisions, programmes, tasks
from novation.operations.models import Step, Task
from tests.seen import mail_seen

NOW = datetime(2026, 11, 23, 13, 32, tzinfo=UTC)
DAY = timedelta(days=1)
PASSWORD = "a long enough password"
#: What stands under a subscription's state; the second is as long as it gets.
WHY = {
    ItemState.CHANGED: "seats 5, now 4",
    ItemState.STAYS: "its status is suspended; only active subscriptions move, and it waits for its end of term",
}

NAMES = (
    ("Strojírny Dvořák & Žďárský, spol. s r.o.", "CZ", "cs"),
    ("Müller-Weißenböck Präzisionstechnik GmbH & Co. KG", "DE", "de"),
    ("Zdravotnické zařízení Praha-Západ, příspěvková organizace", "CZ", "cs"),
    ("Château de l’Écluse – Hôtellerie et Événements SAS", "FR", "fr"),
    ("Nadace Čisté řeky střední Evropy", "CZ", "cs"),
    ("Großküchen Schäuffele AG", "DE", "de"),
    ("Peña e Hijos Distribuciones, S.L.U.", "ES", "es"),
    ("Ångström Optik AB", "SE", "en"),
    ("Účetní kancelář Běla Říhová", "CZ", "cs"),
    ("O’Neill & Sons <Printing> Ltd", "IE", "en"),
)

#: The tracks of each kind of customer in the portfolio; what is not named is in its first state.
_KINDS = (
    ("fresh", ""),
    ("blocked", "notice=blocked"),
    ("queued", "notice=queued"),
    ("told", "notice=sent decision=asked"),
    ("bounced", "notice=bounced"),
    ("perhaps", "notice=uncertain decision=asked"),
    ("question", "notice=sent decision=question"),
    ("delegated", "notice=sent decision=delegated"),
    ("silent", "notice=sent decision=silent"),
    ("declined", "notice=sent decision=declined closeout=stays"),
    ("unreachable", "notice=sent decision=unreachable closeout=stays"),
    (
        "accept",
        "notice=sent decision=mandate admin=ours relationship=task agreement=issued access=pending",
    ),
    (
        "checking",
        "notice=sent decision=mandate admin=ours relationship=checking agreement=valid access=approved",
    ),
    (
        "self",
        "notice=sent decision=self admin=theirs relationship=waiting agreement=issued access=pending",
    ),
    ("stalled", "notice=sent decision=self admin=theirs relationship=stalled agreement=expired"),
    (
        "refused",
        "notice=sent decision=mandate admin=ours relationship=accepted agreement=refused access=active",
    ),
    (
        "moving",
        "notice=sent decision=mandate admin=ours relationship=accepted agreement=valid "
        "access=usable transfer=moving billing=split",
    ),
    (
        "failed",
        "notice=sent decision=self admin=theirs relationship=accepted "
        "agreement=valid access=degraded transfer=failed",
    ),
    (
        "differs",
        "notice=sent decision=mandate admin=ours relationship=accepted agreement=valid "
        "access=usable transfer=wrong billing=split",
    ),
    (
        "closed",
        "notice=sent decision=mandate admin=ours relationship=accepted agreement=valid "
        "access=usable transfer=verified billing=new closeout=closed",
    ),
)
STANDS: tuple[tuple[str, dict[str, str]], ...] = tuple(
    (kind, dict(part.split("=", 1) for part in states.split())) for kind, states in _KINDS
)

PRODUCTS = (
    ("CFQ7TTC0LCHC:0002", "Microsoft 365 Business Premium"),
    ("CFQ7TTC0LH18:0001", "Microsoft 365 Business Basic"),
    ("CFQ7TTC0LH16:0001", "Exchange Online (Plan 1)"),
    ("CFQ7TTC0HL8W:0001", "Power BI Pro"),
    ("CFQ7TTC0HD32:0002", "Visio Plan 2"),
)


@dataclass
class Portfolio:
    """What `build` made."""

    programme: Programme
    waves: list[Wave]
    moves: list[Move]
    by_kind: dict[str, Move]
    people: dict[str, User]

    def task(self, kind: TaskKind, move: str) -> Task:
        """The open task of this kind of the first customer that stands so."""
        return Task.objects.get(move_id=self.by_kind[move].pk, kind=str(kind), state="open")


def people() -> dict[str, User]:
    """One person per role, and a second operator."""
    made = {}
    for word, name, groups in (
        ("viewer", "Věra Dívalová", ["viewer"]),
        ("operator", "Hana Procházková", ["operator"]),
        ("other", "Petr Šimůnek", ["operator"]),
        ("approver", "Ludmila Černá", ["approver"]),
        ("admin", "Ota Správný", ["admin"]),
        ("nobody", "Karel Bezpráva", []),
    ):
        made[word] = create_operator(f"{word}@partner.example", name, PASSWORD, groups, now=NOW - 90 * DAY)
    return made


def programme() -> Programme:
    """Two accounts and a programme of 60 days ago."""
    source = Account.objects.create(
        slug="source",
        tenant_id="11111111-1111-4111-8111-111111111111",
        name="Severka IT s.r.o.",
        read_at=NOW - timedelta(minutes=4),
    )
    target = Account.objects.create(
        slug="target",
        tenant_id="22222222-2222-4222-8222-222222222222",
        name="Severka Group a.s.",
        mpn_id="6041558",
        read_at=NOW - timedelta(minutes=3),
    )
    return programmes.create_programme(
        name="Severka 2026",
        source=source,
        target=target,
        sender_name="Severka IT",
        sender_email="prechod@severka.example",
        now=NOW - 60 * DAY,
        actor="command-line",
        invitation_url="https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship&partnerId=abc",
    )


def build(customers: int = 60) -> Portfolio:
    """The whole portfolio: customers in every state, three waves, tasks, decisions, calls and differences."""
    made = programme()
    waves = [
        Wave.objects.create(
            programme=made,
            number=number,
            name=name,
            state=state,
            launched_at=launched,
            release_at=launched,
            created_at=NOW - 50 * DAY,
        )
        for number, name, state, launched in (
            (1, "Pilot", Wave.State.RUNNING, NOW - 40 * DAY),
            (2, "", Wave.State.PAUSED, NOW - 16 * DAY),
            (3, "Moravia and Bavaria, terms ending February to April", Wave.State.DRAFT, None),
        )
    ]
    staff = people()
    moves: list[Move] = []
    by_kind: dict[str, Move] = {}
    stands = itertools.cycle(STANDS)
    for number in range(customers):
        kind, states = next(stands)
        wave = waves[2] if kind in ("fresh", "blocked") else waves[number // len(STANDS) % 2]
        move = customer(made, number, states, wave if number % 7 or kind != "fresh" else None)
        moves.append(move)
        if kind not in by_kind:
            by_kind[kind] = move
        furnish(move, kind, number)
    Move.objects.filter(pk=moves[-1].pk).update(paused=True)
    mail_seen(made, staff["operator"], NOW)
    return Portfolio(made, waves, moves, by_kind, staff)


def customer(made: Programme, number: int, states: dict[str, str], wave: Wave | None) -> Move:
    """One customer, its person and its move in the given states."""
    name, country, language = NAMES[number % len(NAMES)]
    tenant = hashlib.sha256(str(number).encode()).hexdigest()
    firm = Customer.objects.create(
        tenant_id=f"{tenant[:8]}-{tenant[8:12]}-4{tenant[12:15]}-9{tenant[15:18]}-{tenant[18:30]}",
        name=name if number < len(NAMES) else f"{name} {number // len(NAMES) + 1}",
        domain=f"firma{number:04d}.onmicrosoft.com",
        country=country,
        language=language,
        phone="+420 541 000 111",
        created_at=NOW - 60 * DAY,
    )
    if states.get("notice") != "blocked":
        Contact.objects.create(
            customer=firm,
            name="Ing. Jana Žďárská",
            function="managing director",
            email=f"jana@firma{number}.example",
            phone="+420 777 123 456",
            state="bounced" if states.get("notice") == "bounced" else "ok",
            added_by="import",
            created_at=NOW - 60 * DAY,
        )
    items = (0, 6, 1, 40, 3)[number % 5]
    fields: dict[str, object] = {}
    for place, (track, state) in enumerate(states.items()):
        fields[f"{track}_state"] = state
        fields[f"{track}_since"] = NOW - timedelta(days=30 - 3 * place, hours=number % 20)
    move = Move(
        programme=made,
        customer=firm,
        wave=wave,
        reference=f"SEV-{number:04d}-{7306 + number}",
        words="amber, river, seven, oak",
        baseline_at=None if not states and number % 2 else NOW - timedelta(hours=7),
        item_count=items,
        seat_count=sum(5 + n for n in range(items)),
        due_at=None,
        due_why="waits for the customer's answer",
        created_at=NOW - 60 * DAY,
        readiness=[
            {
                "level": "warning",
                "code": "order-open",
                "cause": "An order is still open.",
                "consequence": "A transfer waits until it is through.",
                "remedy": "Look at it in a day.",
            }
        ]
        if number % 3 == 0
        else [],
        **fields,
    )
    move.stage = str(move.derive_stage())
    if move.stage in ENDED:
        move.due_why = ""
    move.save()
    events.record(
        Tag.MOVE_CREATED,
        at=NOW - 60 * DAY,
        actor="import",
        subject=move.subject,
        data={"tenant": firm.tenant_id},
    )
    done = states.get("transfer") in ("verified", "wrong")
    batch = None
    if states.get("transfer") and items:
        batch = Batch.objects.create(
            move=move,
            number=1,
            state=BatchState.COMPLETE if done else BatchState.MOVING,
            remote_id=f"transfer-{number}",
            created_at=NOW - 3 * DAY,
        )
    rows = []
    for place in range(items):
        product, title = PRODUCTS[place % len(PRODUCTS)]
        state = ItemState.VERIFIED if done else ItemState.IN_TRANSFER if batch else ItemState.IN_OLD
        if states.get("transfer") == "wrong" and place == 0:
            state = ItemState.CHANGED if number % 2 else ItemState.IN_BOTH
        if done and place == items - 1 > 0:
            state = ItemState.STAYS
        quantity = 5 + place
        rows.append(
            Item(
                move=move,
                batch=batch,
                subscription_id=f"sub-{number}-{place}",
                product=product,
                name=title,
                quantity=quantity,
                term="P1Y",
                billing_cycle="monthly",
                ends=NOW + (20 + 30 * (place % 6)) * DAY,
                status="active",
                state=state,
                why=WHY.get(ItemState(state), ""),
                baseline={"id": f"sub-{number}-{place}", "quantity": quantity},
                result={
                    "quantity": quantity - (state == ItemState.CHANGED),
                    "commitmentEndDate": "2027-03-14T00:00:00Z",
                }
                if done
                else None,
            )
        )
    Item.objects.bulk_create(rows)
    return move


def decide(move: Move, kind: str, *, at: datetime, reason: str = "") -> None:
    """Records a decision through the service, from the state that allows it."""
    contact = Contact.objects.filter(customer=move.customer).first()
    Move.objects.filter(pk=move.pk).update(decision_state="asked")
    decisions.record_decision(
        move=move,
        kind=kind,
        contact=contact,
        level="A1",
        name="Ing. Jana Žďárská",
        function="managing director",
        email=contact.email if contact else "jana@firma.example",
        phone="+420 777 123 456",
        authority="I may sign for the company in this matter.",
        statement=(
            "I authorise Severka IT s.r.o. to accept the invitation of Severka Group a.s. in our Microsoft account "
            "on our behalf. I may withdraw this at any time."
        ),
        wording="v4-2026-11",
        language="en",
        shown=b"<!DOCTYPE html><title>Decision</title><h1>Your decision</h1><script>alert(1)</script>",
        code_check="code to the address on file",
        link_id="link-1",
        address="192.0.2.17",
        agent="Mozilla/5.0",
        reason=reason,
        now=at,
    )


def furnish(move: Move, kind: str, number: int) -> None:
    """Decisions, tasks, calls and grants that belong to a customer's state."""
    before = {f"{track}_state": move.track(track) for track in Track}
    before |= {f"{track}_since": getattr(move, f"{track}_since") for track in Track} | {"stage": move.stage}
    state = move.decision_state
    if state in ("mandate", "self", "declined"):
        decide(move, state, at=NOW - timedelta(days=4, hours=number % 9))
    if state == "question":
        decide(move, state, at=NOW - timedelta(hours=6), reason="Will our people have to sign in again?")
    wanted = {
        "blocked": (TaskKind.FIND_CONTACT, "No contact is on file."),
        "bounced": (TaskKind.FIND_CONTACT, "The mail came back: find another contact."),
        "silent": (
            TaskKind.CALL,
            "No answer to the announcement and the reminders: call the number on file.",
        ),
        "accept": (TaskKind.ACCEPT, "The customer authorised us to accept the new account."),
        "stalled": (TaskKind.HELP, "The customer wanted to accept itself and has not: offer help."),
        "refused": (TaskKind.REVIEW, "The customer refused Microsoft's agreement: speak to it."),
        "failed": (
            TaskKind.REVIEW,
            "Microsoft refused the transfer: 900146, the customer is in another region.",
        ),
        "differs": (TaskKind.REVIEW, "One subscription differs from the baseline."),
    }.get(kind)
    opened = NOW - timedelta(hours=2 + number)
    if wanted:
        step = StepKind.CREATE_TRANSFER if kind == "failed" else ""
        tasks.open_task(move, wanted[0], why=wanted[1], now=opened, step=str(step))
    if kind in ("accept", "self"):
        Grant.objects.create(
            move=move, side="target", remote_id=f"grant-{number}", status="approvalPending", created_at=opened
        )
        Attestation.objects.create(
            move=move,
            remote_id=f"att-{number}",
            url="https://partner.example/attest",
            signatory={},
            issued_at=NOW - 3 * DAY,
            expires_at=NOW + 4 * DAY,
        )
    if kind in ("failed", "checking"):
        step_of(move, kind, number)
    Move.objects.filter(pk=move.pk).update(**before, due_at=None)
    move.refresh_from_db()


def step_of(move: Move, kind: str, number: int) -> Step:
    """A call that was refused, or one whose outcome is not known."""
    name = f"{move.reference}-{number}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    failed = kind == "failed"
    return Step.objects.create(
        customer_id=move.customer_id,
        move_id=move.pk,
        move_reference=move.reference,
        programme_id=move.programme_id,
        kind=str(StepKind.CREATE_TRANSFER if failed else StepKind.CREATE_ACCESS),
        batch=1 if failed else None,
        account="target",
        request_id=f"{digest[:8]}-{digest[8:12]}-4{digest[12:15]}-8{digest[15:18]}-{digest[18:30]}",
        correlation_id=f"{digest[30:38]}-{digest[38:42]}-4{digest[42:45]}-8{digest[45:48]}-{digest[48:60]}",
        request={"lineItems": 6, "sourceCustomerTenantId": move.customer.tenant_id},
        fence=3,
        intent_at=NOW - timedelta(minutes=40),
        outcome=Step.Outcome.NOT_DONE if failed else Step.Outcome.UNKNOWN,
        outcome_at=NOW - timedelta(minutes=40),
        answer={"status": 400, "code": 900146} if failed else None,
        error="Microsoft refused: the customer is in another region (900146)." if failed else "",
    )

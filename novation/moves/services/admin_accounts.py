"""An administrator account of the customer's own: asked for, made by an operator, handed over once.

Novation creates no account. An operator makes it in Microsoft's admin centre, for a named person, with a first
password that Microsoft has changed at the first sign-in. That password is sealed here, shown once to whoever has
the link and a code that was read out by telephone, and destroyed.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from novation import clock
from novation.customers.models import Contact, Customer
from novation.customers.services import vault
from novation.domain import states
from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document
from novation.evidencelog.services import events
from novation.moves.models import AdminAccount, Move
from novation.moves.services import tasks, tracks
from novation.moves.services.first_passwords import secret_name
from novation.operations.models import Task

#: How long a first password waits for its owner, in real time.
LASTS = timedelta(days=7)
#: What applies from the day on which a customer has an administrator of its own.
TERMS = "own-admin"
_UPN = re.compile(r"[^@\s]{1,64}@[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)
_OPEN = (AdminAccount.State.ASKED, AdminAccount.State.MADE)


@transaction.atomic
def ask(
    *,
    move: Move,
    contact: Contact,
    person: str,
    email: str,
    asked_by: str,
    level: str,
    statement: str,
    shown: bytes,
    data: dict[str, Any],
    personal: dict[str, str],
    proofs: list[Document],
    now: datetime,
) -> AdminAccount:
    """Records the wish and opens the task. A wish that is open already is returned as it is.

    Args:
        move: whose.
        contact: whose link was used.
        person, email: for whom the account shall be.
        asked_by, level, statement, shown: who declared what, how well proven, and on which exact page.
        data, personal: of the event: wording, language, link and code check; name, function, address and so on.
        proofs: further documents by which the person proved who it is.
        now: programme time.

    Raises:
        BadInput: a link alone does not do.
    """
    if level == "A0":
        raise BadInput("A link alone does not bind.", remedy="Confirm with the one-time code.")
    move = tracks.lock_move(move.pk)
    pending = AdminAccount.objects.filter(move=move, state__in=_OPEN).first()
    if pending is not None:
        return pending
    document = events.store("shown", "text/html; charset=utf-8", shown, at=now)
    account = AdminAccount.objects.create(
        move=move,
        contact=contact,
        person=person,
        email=email,
        asked_by=asked_by,
        level=level,
        statement=statement,
        shown_sha256=document.sha256,
        asked_at=now,
    )
    # Only who accepts by itself waits for such an account; a mandate is carried out without it.
    waits = move.decision_state == "self" and move.admin_state in states.ADMIN_NOT_MISSED
    tracks.transition(
        move,
        {Track.ADMIN: "needed"} if waits else {},
        tag=Tag.ADMIN_ASKED,
        at=now,
        actor="customer",
        data={**data, "account": account.pk, "level": level},
        personal={**personal, "person": person, "person_email": email, "statement": statement},
        documents=[document, *proofs],
    )
    _open(move, now)
    return account


def _open(move: Move, now: datetime) -> None:
    tasks.open_task(
        move, TaskKind.ADMIN, why="The customer wants an administrator account of its own.", now=now
    )


def newest(move: Move) -> AdminAccount | None:
    """The newest wish, whatever became of it."""
    return AdminAccount.objects.filter(move=move).first()


@transaction.atomic
def made(
    task: Task, person: Any, *, username: str, password: str, forced_change: bool, now: datetime
) -> AdminAccount:
    """An operator has made the account; seals its first password and ends the task.

    Args:
        task: held by `person`.
        username: the account's sign-in name at Microsoft, with the customer's domain.
        password: the first password, as Microsoft showed it.
        forced_change: the operator says that Microsoft asks for a new one at the first sign-in.
        now: programme time.

    Raises:
        BadInput: a name or password that cannot be, or no forced change.
        NeedsOperator: the person does not hold the task.
    """
    move = tracks.lock_move(tasks.required_move_id(task))
    held = tasks.held(task.pk, person, now)
    account = AdminAccount.objects.select_for_update().filter(move=move, state__in=_OPEN).first()
    if account is None or held.kind != TaskKind.ADMIN:
        raise NeedsOperator("Nobody waits for an account here (any more).")
    if not _UPN.fullmatch(username.strip()):
        raise BadInput("This is no sign-in name.", where="username", remedy="Example: eva.mala@company.com")
    if held.tenant_checked_at is None:
        raise NeedsOperator("The tenant has not been compared. Type its first domain first.")
    if len(password) < 8:
        raise BadInput(
            "The first password is too short.", where="password", remedy="Copy it as Microsoft showed it."
        )
    if not forced_change:
        raise BadInput(
            "The password must be changed at the first sign-in.",
            where="forced_change",
            remedy="Set it so at Microsoft, then tick the box.",
        )
    vault.seal(secret_name(account), {"password": password}, now=now, actor=f"operator:{person.pk}")
    account.state, account.username = AdminAccount.State.MADE, username.strip()
    account.made_by, account.made_at = person, now
    account.secret_until = now + clock.clock().real(LASTS)
    account.save()
    events.record(
        Tag.ADMIN_MADE,
        at=now,
        actor=f"operator:{person.pk}",
        subject=move.subject,
        data={"account": account.pk, "forced_change": True, "until": account.secret_until.isoformat()},
        personal={"username": account.username},
    )
    tasks.close(held, TaskOutcome.DONE, person=person, now=now)
    return account


@transaction.atomic
def give_up(task: Task, person: Any, note: str, now: datetime) -> None:
    """Ends the task without an account: it could not be made, or the customer does not want it any more.

    Raises:
        NeedsOperator, BadInput: as `tasks.end`.
    """
    tasks.end(task, person, TaskOutcome.NOT_DONE, note, now)
    move, actor = tracks.lock_move(tasks.required_move_id(task)), f"operator:{person.pk}"
    for account in AdminAccount.objects.select_for_update().filter(move=move, state__in=_OPEN):
        vault.destroy(secret_name(account))
        account.state, account.secret_until = AdminAccount.State.NOT_MADE, None
        account.save()
        events.record(
            Tag.ADMIN_NOT_MADE, at=now, actor=actor, subject=move.subject, data={"account": account.pk}
        )


@transaction.atomic
def hand_over(account: AdminAccount, *, code_check: str, link_id: str, now: datetime) -> str:
    """Opens the first password for its owner, once, and destroys it.

    From now on the customer can change users and licences without us, so that the drift watch and the amended
    service terms are switched on.

    Args:
        account: made, and not run out.
        code_check: how the code was read out; a code that came by mail does not do.
        link_id: of the visitor.
        now: programme time.

    Returns:
        The password. It is shown in one answer and kept nowhere.

    Raises:
        BadInput: the code came the same way as the link, or there is nothing to show (any more).
    """
    if not code_check.startswith("phone "):
        raise BadInput("A code from a mail does not do here.", remedy="It must be read out by telephone.")
    move = tracks.lock_move(account.move_id)
    account = AdminAccount.objects.select_for_update().get(pk=account.pk)
    if account.state != AdminAccount.State.MADE or _ran_out(account, now):
        raise BadInput("There is nothing to show any more.", remedy="Ask for a new first password.")
    password = vault.unseal(secret_name(account))["password"]
    vault.destroy(secret_name(account))
    account.state, account.handed_over_at, account.secret_until = AdminAccount.State.HANDED_OVER, now, None
    account.save()
    customer = Customer.objects.select_for_update().get(pk=move.customer_id)
    customer.own_admin_since = customer.own_admin_since or now
    customer.drift_watch, customer.service_terms = True, TERMS
    customer.save(update_fields=["own_admin_since", "drift_watch", "service_terms"])
    tracks.transition(
        move,
        {Track.ADMIN: "theirs"} if move.admin_state == "needed" else {},
        tag=Tag.ADMIN_HANDED_OVER,
        at=now,
        actor="customer",
        data={
            "account": account.pk,
            "code_check": code_check,
            "link": link_id,
            "drift_watch": True,
            "service_terms": TERMS,
        },
        personal={"username": account.username},
    )
    tracks.schedule_now(move, at=now)
    return password


@transaction.atomic
def ask_again(account: AdminAccount, *, now: datetime) -> bool:
    """A first password that ran out unseen is destroyed and a new one is wished for. False when it has not."""
    move = tracks.lock_move(account.move_id)
    account = AdminAccount.objects.select_for_update().get(pk=account.pk)
    if account.state != AdminAccount.State.MADE or not _ran_out(account, now):
        return False
    vault.destroy(secret_name(account))
    account.state, account.secret_until = AdminAccount.State.ASKED, None
    account.save()
    events.record(
        Tag.ADMIN_NOT_MADE,
        at=now,
        actor="engine",
        subject=move.subject,
        data={"account": account.pk, "ran_out": True},
    )
    _open(move, now)
    return True


def shown_state(account: AdminAccount | None, now: datetime) -> str:
    """The state as a page shows it; empty when there is none."""
    if account is None:
        return ""
    if account.state == AdminAccount.State.MADE and _ran_out(account, now):
        return str(AdminAccount.State.RAN_OUT)
    return account.state


def _ran_out(account: AdminAccount, now: datetime) -> bool:
    return account.secret_until is None or account.secret_until <= now

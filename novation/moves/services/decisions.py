"""What a person of the customer decides: kept with everything that proves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from novation.customers.models import Contact
from novation.customers.services.contact_origins import origin_data
from novation.domain import states
from novation.domain.errors import BadInput
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document
from novation.evidencelog.services import events
from novation.failpoints import failpoint
from novation.moves.models import Decision, Message, Move
from novation.moves.services import inventory, tasks, tracks
from novation.moves.to_domain import handed_over
from novation.operations.models import Task

#: What a mandate covers, by default: the invitation and the request for delegated admin. Never the agreement.
SCOPE = ("relationship", "access")

_TAGS = {
    "mandate": Tag.DECISION_MANDATE,
    "self": Tag.DECISION_SELF,
    "declined": Tag.DECISION_DECLINED,
    "question": Tag.DECISION_QUESTION,
    "delegated": Tag.DECISION_DELEGATED,
    "withdrawn": Tag.DECISION_WITHDRAWN,
}


@transaction.atomic
def record_decision(
    *,
    move: Move,
    kind: str,
    contact: Contact | None,
    level: str,
    name: str,
    function: str,
    email: str,
    authority: str,
    statement: str,
    wording: str,
    language: str,
    shown: bytes,
    code_check: str,
    link_id: str,
    address: str,
    agent: str,
    now: datetime,
    phone: str = "",
    reason: str = "",
    delegate: tuple[str, str] | None = None,
    until: datetime | None = None,
    proofs: Sequence[Document] = (),
    media: str = "text/html; charset=utf-8",
    vouched: Mapping[str, str | int] | None = None,
) -> Decision:
    """Records one act of a person at the customer.

    Args:
        move: whose.
        kind: mandate, self, declined, question, delegated or withdrawn.
        contact: the person on file whose link was used.
        level: attribution A0 to A3 (evidence-security-mail 1.4); A0 binds nobody.
        name, function, email, phone: who says so, as typed.
        authority, statement: what was declared, word for word.
        wording, language: version and language of the texts.
        shown: the exact bytes of the page on which it was decided.
        code_check: how the one-time code was sent and accepted, or the sign-in; empty for A0.
        link_id, address, agent: where it came from.
        now: programme time.
        reason: the customer's words: why it declines, or its question.
        delegate: name and e-mail of the colleague it is passed to.
        until: end of a mandate as the page named it; the policy's period from now when None.
        proofs: further documents by which the person proved who it is.
        media: media type of `shown`, which for A3 is the signed paper itself.
        vouched: for A3, who of our people filed and approved the paper, and its date; nothing personal.

    Raises:
        BadInput: the kind is not known, the level is too low to bind, or what was said does not fit (any more).
        IllegalTransition: the decision cannot be taken in the present state.
    """
    move = tracks.lock_move(move.pk)
    _check(move, kind, level, reason, delegate)
    policy = move.programme.policy
    document = events.store("shown", media, shown, at=now)
    decision = Decision.objects.create(
        move=move,
        kind=kind,
        at=now,
        contact=contact,
        level=level,
        name=name,
        function=function,
        email=email,
        phone=phone,
        authority=authority,
        statement=statement,
        wording=wording,
        language=language,
        shown_sha256=document.sha256,
        code_check=code_check,
        link_id=link_id,
        address=address,
        agent=agent[:400],
        reason=reason,
        expires_at=(until or now + policy.mandate_lasts) if kind == "mandate" else None,
        scope=list(SCOPE) if kind == "mandate" else [],
    )
    data: dict[str, Any] = {
        "decision": decision.pk,
        "level": level,
        "wording": wording,
        "language": language,
        "code_check": code_check,
        "link": link_id,
        "scope": decision.scope,
        **origin_data(contact),
    }
    if vouched:
        data["vouched"] = dict(vouched)
    if decision.expires_at:
        data["until"] = decision.expires_at.isoformat()
    sets = {Track.DECISION: kind}
    if move.closeout_state == "stays" and kind in states.GOES_ON:
        sets[Track.CLOSEOUT] = "none"
        tasks.cancel(move, (TaskKind.TERM_END,), now=now, why=f"the customer said: {kind}")
    # The same word said again counts from now: a mandate that is renewed is a new one.
    move.decision_since = now
    tracks.transition(
        move,
        sets,
        tag=_TAGS[kind],
        at=now,
        actor="customer",
        data=data,
        personal={
            "name": name,
            "function": function,
            "email": email,
            "phone": phone,
            "address": address,
            "agent": agent[:400],
            "authority": authority,
            "statement": statement,
            "reason": reason,
            "colleague": ", ".join(delegate or ()),
        },
        documents=[document, *proofs],
    )
    _follow_up(move, decision, now, delegate)
    tracks.schedule_now(move, at=now)
    failpoint("decision-open")
    return decision


def _check(move: Move, kind: str, level: str, reason: str, delegate: tuple[str, str] | None) -> None:
    if kind not in _TAGS:
        raise BadInput(f"There is no decision {kind!r}.", remedy="Choose one of the five on the page.")
    if kind in states.FINAL and level == "A0":
        raise BadInput("A link alone does not bind.", remedy="Confirm with the one-time code.")
    if kind == "question" and not reason.strip():
        raise BadInput("The question is empty.", where="question", remedy="Write what you want to know.")
    if kind == "delegated" and not delegate:
        raise BadInput(
            "No colleague is named.", where="colleague", remedy="Give a name and an e-mail address."
        )
    if kind == "withdrawn" and move.decision_state not in states.CONSENTED:
        raise BadInput("There is nothing to take back.", remedy="You can still decide on the first page.")
    if kind in states.REFUSED and (move.closeout_state in states.CLOSED or handed_over(move)):
        raise BadInput(
            "The subscriptions are being moved already, so this can no longer be taken back here.",
            remedy="Call us: moving back is a new move with a new decision.",
        )


def _follow_up(move: Move, decision: Decision, now: datetime, delegate: tuple[str, str] | None) -> None:
    if decision.kind != "delegated":
        tasks.cancel(move, (TaskKind.CALL, TaskKind.FIND_CONTACT), now=now, why="the customer answered")
    if decision.kind in states.ENDS_OUR_ACCEPTING:
        tasks.cancel(
            move, (TaskKind.ACCEPT, TaskKind.HELP), now=now, why=f"the customer said: {decision.kind}"
        )
    if decision.kind == "mandate":
        tasks.cancel(move, (TaskKind.HELP,), now=now, why="the customer authorised us")
    if decision.kind == "question":
        Message.objects.create(
            move=move, from_customer=True, author=decision.name, channel="page", text=decision.reason, at=now
        )
        tasks.open_task(move, TaskKind.ANSWER, why="The customer asks something.", now=now)
    if delegate:
        inventory.add_contact(
            move.customer, name=delegate[0], email=delegate[1], added_by="the customer", now=now
        )


@transaction.atomic
def ask(*, move: Move, text: str, author: str, channel: str, now: datetime) -> Message:
    """Adds a further message of the customer and makes sure that somebody answers it."""
    move = tracks.lock_move(move.pk)
    message = Message.objects.create(
        move=move, from_customer=True, author=author, channel=channel, text=text, at=now
    )
    tasks.open_task(move, TaskKind.ANSWER, why="The customer asks something.", now=now)
    events.record(
        Tag.DECISION_QUESTION,
        at=now,
        actor="customer",
        subject=move.subject,
        data={"channel": channel},
        personal={"name": author, "question": text},
    )
    return message


@transaction.atomic
def answer_question(*, move: Move, text: str, person: Any, now: datetime) -> Message:
    """Answers the customer; its clock runs on from now.

    Raises:
        BadInput: the answer is empty.
    """
    if not text.strip():
        raise BadInput("The answer is empty.", where="answer", remedy="Write something.")
    move = tracks.lock_move(move.pk)
    message = Message.objects.create(
        move=move,
        from_customer=False,
        author=person.get_full_name() or person.get_username(),
        channel="page",
        text=text,
        at=now,
    )
    sets = {Track.DECISION: "asked"} if move.decision_state == "question" else {}
    if sets and move.decision_since is not None:
        move.clock_stopped += max(now - move.decision_since, timedelta(0))
    tracks.transition(
        move,
        sets,
        tag=Tag.DECISION_ANSWERED,
        at=now,
        actor=f"operator:{person.pk}",
        data={"message": message.pk},
        personal={"answer": text},
    )
    for task in Task.objects.filter(move_id=move.pk, kind=TaskKind.ANSWER, state=Task.State.OPEN):
        tasks.close(task, TaskOutcome.ANSWERED, person=person, now=now)
    tracks.schedule_now(move, at=now)
    return message

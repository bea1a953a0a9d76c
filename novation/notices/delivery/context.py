"""Collects what the text of one mail may say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Min, Sum
from django.utils import timezone

from novation.domain import states
from novation.domain.facts import ItemState
from novation.evidencelog.services import checkpoints
from novation.moves.models import Decision, Item, Message, Move
from novation.notices import secrets
from novation.notices.models import Code, Notice
from novation.notices.purposes import REMINDERS, Purpose
from novation.notices.services.codes import LASTS as CODE_LASTS
from novation.notices.services.links import link_for
from novation.notices.services.reminders import stop_url
from novation.notices.texts import Facts


def facts_of(notice: Notice, now: datetime) -> Facts:
    """The facts of one mail. Makes its personal link when there is none: call inside a transaction."""
    move = notice.move
    programme = move.programme
    link, url = link_for(move, notice.contact, now=now)
    return Facts(
        customer=move.customer.name,
        domain=move.customer.domain or move.customer.name,
        person=notice.contact.name,
        sender=programme.sender_name,
        source=programme.source.name,
        target=programme.target.name,
        same_entity=programme.same_entity,
        signer=programme.person_name,
        address=programme.sender_address,
        reference=move.reference,
        url=url,
        stop_url=stop_url(link) if notice.purpose in REMINDERS else "",
        **_special(notice, now),
    )


def _special(notice: Notice, now: datetime) -> dict[str, Any]:
    purpose, move, about = Purpose(notice.purpose), notice.move, notice.about
    match purpose:
        case Purpose.ANNOUNCEMENT:
            return {"answer_by": now + move.programme.policy.answer_within}
        case Purpose.REMINDER_1 | Purpose.REMINDER_2:
            return {"number": int(purpose[-1]), "answer_by": _answer_by(move, now)}
        case Purpose.CODE:
            code = Code.objects.get(pk=about["code"])
            return {
                "code": secrets.code_digits(code.pk),
                "minutes": int(CODE_LASTS.total_seconds() // 60),
            }
        case Purpose.RECEIPT:
            signed = checkpoints.sign(now=now)
            # So every customer holds a witness against a log that is rewritten later.
            note = bytes(signed.note).decode() if signed else ""
            return {**_receipt(Decision.objects.get(pk=about["decision"])), "checkpoint": note}
        case Purpose.ANSWER:
            return {"words_of": Message.objects.get(pk=about["message"]).text}
        case Purpose.DELEGATE:
            return {"colleague": Decision.objects.get(pk=about["decision"]).name}
        case Purpose.DONE:
            return _arrived(move)
        case Purpose.TERM_END_1 | Purpose.TERM_END_2:
            left = Item.objects.filter(move=move, state__in=states.ON_SOURCE, ends__gt=now, choice="")
            return {"stays_until": left.aggregate(end=Min("ends"))["end"] or now}
        case Purpose.STAYS:
            first = Item.objects.filter(move=move).exclude(state=ItemState.GONE).aggregate(end=Min("ends"))
            return {"stays_until": first["end"], "why": move.decision_state}
    return {}


def _answer_by(move: Move, now: datetime) -> datetime:
    told = Notice.objects.filter(move=move, purpose=Purpose.ANNOUNCEMENT).exclude(sent_at=None).last()
    return (told.sent_at if told and told.sent_at else now) + move.programme.policy.answer_within


def _receipt(decision: Decision) -> dict[str, Any]:
    digest = decision.shown_sha256[:20]
    return {
        "kind": decision.kind,
        "on_paper": decision.level == "A3",
        "who": ", ".join(part for part in (decision.name, decision.function) if part),
        "recorded_at": decision.at,
        "until": decision.expires_at,
        "fingerprint": " ".join(digest[i : i + 4] for i in range(0, 20, 4)),
        "colleague": decision.reason if decision.kind == Decision.Kind.DELEGATED else "",
    }


def _arrived(move: Move) -> dict[str, Any]:
    arrived = Item.objects.filter(move=move, state__in=states.ON_TARGET)
    billed = move.billed_from
    midnight = datetime(billed.year, billed.month, billed.day) if billed else None  # noqa: DTZ001 (made aware below)
    return {
        "items": arrived.count(),
        "seats": arrived.aggregate(seats=Sum("quantity"))["seats"] or 0,
        "billed_from": timezone.make_aware(midnight) if midnight else None,
    }

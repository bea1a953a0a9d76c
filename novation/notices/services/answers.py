"""An operator's answer to a customer's question: recorded, and mailed to the person who asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from novation.customers.models import Contact
from novation.moves.models import Decision, Message, Move
from novation.moves.services import decisions
from novation.notices.purposes import Purpose
from novation.notices.services.outbox import newest_contact, queue


@transaction.atomic
def answer(*, move: Move, text: str, person: Any, now: datetime) -> Message:
    """Answers the customer's question and queues the mail that carries the answer.

    Args:
        move: whose question.
        text: the answer, as it will be read.
        person: the operator.
        now: programme time.

    Raises:
        BadInput: the answer is empty.
    """
    message = decisions.answer_question(move=move, text=text, person=person, now=now)
    asked = Decision.objects.filter(move=move, kind=Decision.Kind.QUESTION).select_related("contact").first()
    to = asked.contact if asked and asked.contact else None
    if to is None or to.state != Contact.State.OK:
        to = newest_contact(move.customer)
    if to is not None:
        queue(move=move, purpose=Purpose.ANSWER, contact=to, now=now, about={"message": message.pk})
    return message

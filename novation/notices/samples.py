"""Facts of a real customer for our own eyes: complete, except that no link and no code in them opens anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Min, Sum

from novation.moves.models import Move
from novation.notices.services.outbox import newest_contact
from novation.notices.texts import Facts

#: Stands where the secret part of a link would be. Nobody but the customer ever sees that.
MASK = "x" * 43


def sample_facts(move: Move, now: datetime) -> Facts:
    """What a text would say to this customer today. The same whoever looks, and without any secret."""
    programme, person = move.programme, newest_contact(move.customer)
    items = move.items.aggregate(seats=Sum("quantity"), ends=Min("ends"))
    return Facts(
        customer=move.customer.name,
        domain=move.customer.domain or move.customer.name,
        person=person.name if person else "",
        sender=programme.sender_name,
        source=programme.source.name,
        target=programme.target.name,
        same_entity=programme.same_entity,
        signer=programme.person_name,
        address=programme.sender_address,
        reference=move.reference,
        url=f"{settings.NOVATION_PUBLIC_URL}/r/{MASK}",
        code="000000",
        answer_by=now + programme.policy.answer_within,
        number=1,
        kind="mandate",
        who=person.name if person else move.customer.name,
        recorded_at=now,
        until=now + programme.policy.mandate_lasts,
        fingerprint="0000 0000 0000 0000 0000",
        colleague=person.name if person else "",
        words_of="…",
        seats=items["seats"] or 0,
        items=move.items.count(),
        billed_from=now + timedelta(days=30),
        stays_until=items["ends"],
        why="declined",
    )

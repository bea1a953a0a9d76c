"""Keeps what a sign-in with the customer's own tenant proved; of one that proved nothing, only that it did not."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from novation import clock
from novation.consent.identity import ROLES, Proof
from novation.consent.models import Draft, Identity, Rendering
from novation.consent.services.drafts import STALE
from novation.evidence.tags import Tag
from novation.evidencelog.services import events
from novation.moves.services import tracks

#: Media type under which ID token and keys are kept together, as one file of the bundle.
MEDIA = "application/json"


@transaction.atomic
def keep_identity(draft: Draft, page: Rendering, proof: Proof, *, now: datetime) -> Identity:
    """Records that a person signed in as an administrator of the customer. Twice from one page is once.

    Args:
        draft: the choice that it shall serve.
        page: on which the sign-in began; its bytes hold the nonce that Microsoft signed.
        proof: judged already.
        now: programme time.
    """
    move = tracks.lock_move(draft.link.move_id)
    found = Identity.objects.filter(page_id=page.pk).first()
    if found is not None:
        return found
    record = events.store("remote", MEDIA, proof.record, at=now)
    shown = events.store("shown", "text/html; charset=utf-8", bytes(page.content), at=now)
    identity = Identity.objects.create(
        draft=draft,
        page_id=page.pk,
        person=proof.person,
        username=proof.username,
        role=ROLES[proof.roles[0]],
        record=record,
        at=now,
    )
    events.record(
        Tag.IDENTITY_PROVEN,
        at=now,
        actor="customer",
        subject=move.subject,
        data={
            "identity": str(identity.pk),
            "link": str(draft.link_id),
            "tenant": proof.tenant,
            "roles": list(proof.roles),
            "nonce": proof.nonce,
        },
        personal={"name": proof.person, "username": proof.username, "object": proof.object_id},
        documents=[record, shown],
    )
    return identity


@transaction.atomic
def refuse_identity(draft: Draft, reason: str, *, now: datetime) -> None:
    """Records that a sign-in proved nothing, and why; nothing about who it was."""
    move = tracks.lock_move(draft.link.move_id)
    data = {"link": str(draft.link_id), "reason": reason}
    events.record(Tag.IDENTITY_REFUSED, at=now, actor="customer", subject=move.subject, data=data)


def identity_of(draft: Draft, *, now: datetime) -> Identity | None:
    """The sign-in that this choice may rest on, if it is not too old."""
    since = now - clock.clock().real(STALE)
    return Identity.objects.filter(draft=draft, at__gt=since).select_related("record").first()

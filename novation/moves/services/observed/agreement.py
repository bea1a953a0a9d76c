"""Microsoft's customer agreement: link, acceptance on Microsoft's page, record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.moves.models import Attestation, Move
from novation.moves.services import readings, tracks

#: Status words of an attestation (vendor-reported; others are shown as they are and mean "not yet").
ACCEPTED = frozenset({"accepted", "finalised", "finalized", "valid", "completed"})
REFUSED = frozenset({"refused", "rejected", "declined"})
RAN_OUT = frozenset({"expired", "not found"})


def link(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """An attestation was created; the customer can open Microsoft's page now."""
    Attestation.objects.create(
        move=move,
        remote_id=value["id"],
        url=value["url"],
        signatory=value["signatory"],
        issued_at=now,
        expires_at=value.get("expires_at"),
        read_at=now,
    )
    tracks.change(
        move,
        {Track.AGREEMENT: "issued"},
        tag=Tag.AGREEMENT_LINK_ISSUED,
        at=now,
        actor="engine",
        data={"attestation": value["id"]},
    )


def attestation(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """How far the customer is on Microsoft's page."""
    row = move.attestations.filter(remote_id=value["id"]).first()
    if row is None:
        move.save()
        return
    row.read_at, row.status = now, value["status"]
    status = value["status"].lower()
    data = {"attestation": row.remote_id, "status": value["status"]}
    read = readings.kept(value, at=now) if move.agreement_state == "issued" else []
    if status in ACCEPTED and row.accepted_at is None:
        row.accepted_at = now
    row.save()
    if status in ACCEPTED and move.agreement_state == "issued":
        tracks.change(
            move,
            {Track.AGREEMENT: "accepted"},
            tag=Tag.AGREEMENT_ACCEPTED_ON_PAGE,
            at=now,
            actor="engine",
            data=data,
            documents=read,
        )
    elif status in REFUSED and move.agreement_state == "issued":
        tracks.change(
            move,
            {Track.AGREEMENT: "refused"},
            tag=Tag.AGREEMENT_REFUSED,
            at=now,
            actor="engine",
            data=data,
            documents=read,
        )
    elif status in RAN_OUT and move.agreement_state == "issued":
        tracks.change(
            move,
            {Track.AGREEMENT: "expired"},
            tag=Tag.AGREEMENT_EXPIRED,
            at=now,
            actor="engine",
            data=data,
            documents=read,
        )
    else:
        move.save()


def created(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """The agreement was recorded with the target; it counts when it has been read back."""
    move.agreement_read_at = None
    tracks.change(
        move,
        {Track.AGREEMENT: "recorded"},
        tag=Tag.AGREEMENT_CREATED,
        at=now,
        actor="engine",
        data={"attestation": value.get("attestation", "")},
    )


def reading(move: Move, value: Mapping[str, Any], *, now: datetime) -> None:
    """What is on record with the target: signed directly, or confirmed through an attestation.

    "Not found" means unknown, never missing (partner-center-api 5.3), so it changes nothing.
    """
    move.agreement_read_at = now
    how = "direct" if value["direct"] else "attested" if value["agreements"] else ""
    if how and move.agreement_state != "valid":
        move.agreement_evidence = {"how": how, "agreements": value["agreements"], "read_at": now.isoformat()}
        tracks.change(
            move,
            {Track.AGREEMENT: "valid"},
            tag=Tag.AGREEMENT_VALID,
            at=now,
            actor="engine",
            data={"how": how},
            documents=readings.kept(value, at=now),
        )
    else:
        move.save()

"""Microsoft's customer agreement: link, acceptance on Microsoft's page, record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from novation.domain import microsoft_words
from novation.domain.answers import (
    AgreementMade,
    AgreementRow,
    AgreementsRead,
    AttestationMade,
    AttestationRead,
    ConfirmedBefore,
)
from novation.domain.readiness import AGREEMENT_SINCE
from novation.domain.steps import TaskKind
from novation.domain.tracks import Track
from novation.evidence.tags import Tag
from novation.evidencelog.services import reading_documents
from novation.moves.models import Attestation, Move
from novation.moves.services import tasks, tracks


def link(move: Move, made: AttestationMade | ConfirmedBefore, *, now: datetime) -> None:
    """An attestation was created; the customer can open Microsoft's page now.

    Error 600061 comes instead when this very person has confirmed before: perhaps it is valid already, so it is read;
    if it is not, somebody else must sign.
    """
    if isinstance(made, ConfirmedBefore):
        move.agreement_read_at = None
        data = {"code": "600061"}
        tracks.transition(
            move, {Track.AGREEMENT: "retake"}, tag=Tag.AGREEMENT_OBSERVED, at=now, actor="engine", data=data
        )
        return
    Attestation.objects.create(
        move=move,
        remote_id=made.id,
        url=made.url,
        signatory=dict(made.signatory),
        issued_at=now,
        expires_at=made.expires_at,
        read_at=now,
    )
    tracks.transition(
        move,
        {Track.AGREEMENT: "issued"},
        tag=Tag.AGREEMENT_LINK_ISSUED,
        at=now,
        actor="engine",
        data={"attestation": made.id},
    )


def attestation(move: Move, found: AttestationRead, *, now: datetime) -> None:
    """How far the customer is on Microsoft's page."""
    row = move.attestations.filter(remote_id=found.id).first()
    if row is None:
        move.save()
        return
    row.read_at, row.status = now, found.status
    status = found.status.lower()
    data = {"attestation": row.remote_id, "status": found.status}
    read = reading_documents.kept(found, at=now) if move.agreement_state == "issued" else []
    if status in microsoft_words.ATTESTATION_ACCEPTED and row.accepted_at is None:
        row.accepted_at = now
    row.save()
    if status in microsoft_words.ATTESTATION_ACCEPTED and move.agreement_state == "issued":
        tracks.transition(
            move,
            {Track.AGREEMENT: "accepted"},
            tag=Tag.AGREEMENT_ACCEPTED_ON_PAGE,
            at=now,
            actor="engine",
            data=data,
            documents=read,
        )
    elif status in microsoft_words.ATTESTATION_REFUSED and move.agreement_state == "issued":
        tracks.transition(
            move,
            {Track.AGREEMENT: "refused"},
            tag=Tag.AGREEMENT_REFUSED,
            at=now,
            actor="engine",
            data=data,
            documents=read,
        )
    elif status in microsoft_words.ATTESTATION_RAN_OUT and move.agreement_state == "issued":
        tracks.transition(
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


def created(move: Move, made: AgreementMade, *, now: datetime) -> None:
    """The agreement was recorded with the target; it counts when it has been read back."""
    move.agreement_read_at = None
    if made.duplicate:
        move.agreement_evidence = {**move.agreement_evidence, "duplicate": True}
    tracks.transition(
        move,
        {Track.AGREEMENT: "recorded"},
        tag=Tag.AGREEMENT_CREATED,
        at=now,
        actor="engine",
        data={"attestation": made.attestation},
    )


def reading(move: Move, read: AgreementsRead, *, now: datetime) -> None:
    """What is on record with the target: signed directly, or confirmed through an attestation.

    "Not found" means unknown, never missing (partner-center-api 5.3), so it changes nothing.
    """
    move.agreement_read_at = now
    counts = [asdict(one) for one in read.agreements if counts_still(one.agreed_at)]
    how = "direct" if read.direct else "attested" if counts else ""
    if not how and read.agreements and move.agreement_state != "valid":
        _stale(move, read.agreements, now)
        return
    if how and move.agreement_state != "valid":
        tasks.cancel(move, (TaskKind.SIGNATORY,), now=now, why="the agreement is on record")
        move.agreement_evidence = {"how": how, "agreements": counts, "read_at": now.isoformat()}
        tracks.transition(
            move,
            {Track.AGREEMENT: "valid"},
            tag=Tag.AGREEMENT_VALID,
            at=now,
            actor="engine",
            data={"how": how},
            documents=reading_documents.kept(read, at=now),
        )
    else:
        move.save()


def counts_still(agreed_at: str | None) -> bool:
    """False for a confirmation from before the terms of 1 April 2023, or one without a date (moving-customers 3.1)."""
    return bool(agreed_at) and datetime.fromisoformat(str(agreed_at)) >= AGREEMENT_SINCE


def _stale(move: Move, rows: Iterable[AgreementRow], now: datetime) -> None:
    """All that is on record is too old: it is told once, and a new acceptance is asked for."""
    agreements: list[dict[str, Any]] = [asdict(one) for one in rows]
    dates = sorted(str(one["agreed_at"] or "") for one in agreements)
    known = {"how": "stale", "agreements": agreements, "read_at": now.isoformat()}
    told = move.agreement_evidence.get("agreements") == agreements
    # Recorded with the same person as the old one (600061), Microsoft keeps the old one: somebody else must sign.
    twice = move.agreement_state == "recorded" and bool(move.agreement_evidence.get("duplicate"))
    sets = {Track.AGREEMENT: "retake"} if twice else {}
    move.agreement_evidence = known
    if told and not sets:
        move.save()
        return
    data = {"how": "stale", "agreed_at": dates[-1]}
    tracks.transition(move, sets, tag=Tag.AGREEMENT_OBSERVED, at=now, actor="engine", data=data)


def refused_for_want(move: Move, *, now: datetime) -> None:
    """Microsoft refused a call because the agreement is missing (13605): what we took for valid is read again."""
    move.agreement_read_at = None
    if move.agreement_state == "valid":
        data = {"code": "13605"}
        tracks.transition(
            move,
            {Track.AGREEMENT: "preparing"},
            tag=Tag.AGREEMENT_OBSERVED,
            at=now,
            actor="engine",
            data=data,
        )
    else:
        move.save()

"""Hands checkpoints to witnesses outside: a mail every day, and a folder in which nothing can be replaced."""

from __future__ import annotations

import os
import smtplib
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage

from novation.clock import Clock
from novation.engine.db_retry import retry_transaction
from novation.evidencelog.models import Checkpoint, WitnessMail
from novation.evidencelog.services import log_keys, witnesses
from novation.moves.models import Programme


def mail_if_due(clock: Clock) -> None:
    """Queues the mail of the day and sends what is unsent; blocks while the mail server answers."""
    if not settings.NOVATION_CHECKPOINT_MAIL:
        return
    retry_transaction(witnesses.queue, settings.NOVATION_CHECKPOINT_MAIL, now=clock.now())
    for waiting in retry_transaction(witnesses.unsent, now=clock.now(), clock=clock):
        try:
            _letter(waiting).send()
            error = ""
        except (smtplib.SMTPException, OSError) as problem:
            error = f"{type(problem).__name__}: {problem}"
        retry_transaction(witnesses.tried, waiting, error=error, now=clock.now())


def _letter(waiting: WitnessMail) -> EmailMessage:
    programme = Programme.objects.first()
    note = bytes(waiting.checkpoint.note).decode()
    return EmailMessage(
        subject=f"Evidence log {settings.NOVATION_LOG_ORIGIN}: {waiting.checkpoint.size} entries",
        body=(
            "Please keep this mail. It shows later whether our evidence log was changed: a bundle that does not\n"
            "agree with it is forged. To compare: python3 verify.py evidence-….zip --witness this-mail.eml\n\n"
            f"Log key: {log_keys.log_vkey()}\n\n{note}"
        ),
        from_email=programme.sender_email if programme else settings.DEFAULT_FROM_EMAIL,
        to=[waiting.address],
        headers={"Auto-Submitted": "auto-generated"},
    )


def write_once(folder: Path, known: int) -> int:
    """Gives each checkpoint of more than `known` entries a file of its own, which is never opened for writing again.

    Args:
        folder: on a write-once medium; made when missing.
        known: size of the newest checkpoint that lies there, -1 when nobody has looked yet.

    Returns:
        The size of the newest checkpoint that lies there now.

    Raises:
        OSError: the folder cannot be written.
    """
    if known < 0:
        folder.mkdir(parents=True, exist_ok=True)
        known = max((int(path.stem) for path in folder.glob("*.note") if path.stem.isdigit()), default=0)
    for checkpoint in Checkpoint.objects.filter(size__gt=known).order_by("size"):
        path = folder / f"{checkpoint.size:09d}.note"
        # O_EXCL: what lies there is never replaced, even when two engines write.
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        except FileExistsError:
            known = checkpoint.size
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(bytes(checkpoint.note))
            file.flush()
            os.fsync(file.fileno())
        known = checkpoint.size
    return known


def contradictions(folder: Path) -> list[str]:
    """Where the folder holds another history than the database, in one sentence each."""
    found = []
    for path in sorted(folder.glob("*.note")):
        if not path.stem.isdigit():
            continue
        kept = Checkpoint.objects.filter(size=int(path.stem)).first()
        if kept is None:
            found.append(f"{path.name} is a checkpoint that the database does not have.")
        elif bytes(kept.note) != path.read_bytes():
            found.append(f"{path.name} is another checkpoint than the one in the database.")
    return found

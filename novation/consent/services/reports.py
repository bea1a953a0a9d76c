"""A mail or page that somebody takes for a fake of ours: kept, and put before our people."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from novation.consent.models import Report
from novation.moves.models import Move, Programme
from novation.moves.services import decisions
from novation.notices.markup import line


@transaction.atomic
def report_fake(*, text: str, reference: str, reply_to: str, now: datetime) -> Report:
    """Keeps the report. With a reference of ours it also becomes a question of that customer.

    Anybody may report, so that nothing else follows from it: it decides nothing and stops no clock.

    Args:
        text: what was seen.
        reference: as it stood in the mail; may be empty or invented.
        reply_to: an address, if an answer is wanted.
        now: programme time.
    """
    move = Move.objects.filter(reference=reference.strip().upper()).first() if reference else None
    report = Report.objects.create(text=text, reference=reference[:40], reply_to=reply_to, move=move, at=now)
    if move is not None:
        said = f"Reported as a fake: {text}"
        decisions.ask(
            move=move, text=said, author=reply_to or "somebody on our page", channel="report", now=now
        )
    transaction.on_commit(lambda: tell(report))
    return report


def tell(report: Report) -> None:
    """Mails the report to the programme's own mailbox, which people read; a failure leaves the row."""
    programme = Programme.objects.exclude(state=Programme.State.FINISHED).first()
    if programme is None:
        return
    mail = EmailMessage(
        subject=f"Reported as a fake of ours{': ' + line(report.reference) if report.reference else ''}",
        body=f"{report.text}\n\nReference given: {report.reference or '-'}\nAnswer to: {report.reply_to or '-'}\n",
        from_email=programme.sender_email,
        to=[programme.sender_email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.send(fail_silently=not settings.DEBUG)

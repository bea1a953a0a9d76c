"""Renders one claimed mail and hands it to the transport. Knows no database."""

from __future__ import annotations

from dataclasses import dataclass, field

from novation.notices import mail, texts, transport
from novation.notices.delivery.claiming import Outgoing
from novation.notices.transport import MayGo, Outcome, Transport, always, classify


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The outcome, and the mail as it was sent.

    Args:
        outcome: see Outcome.
        detail: the server's words, at most 300 characters.
        remote_id: what the mail service calls the mail.
        sha256: of the exact bytes.
        kept: the bytes for the record, without secrets.
        wording: version of the texts.
    """

    outcome: Outcome
    detail: str = ""
    remote_id: str = ""
    sha256: str = ""
    kept: bytes = field(default=b"", repr=False)
    wording: str = ""


def send(outgoing: Outgoing, by: Transport | None = None, may_go: MayGo = always) -> Delivery:
    """Renders and sends one mail. Never raises for anything that a mail server can do.

    Args:
        outgoing: as claimed.
        by: the transport; that of the settings when None.
        may_go: asked in the last moment before the mail can no longer be held back.
    """
    written = mail.write(outgoing.addressing, outgoing.facts, outgoing.language, outgoing.source)
    handed = (by or transport.chosen()).send(written.mail, may_go)
    return Delivery(
        outcome=handed.outcome,
        detail=handed.detail,
        remote_id=handed.remote_id,
        sha256=written.sha256,
        kept=written.kept,
        wording=outgoing.wording or texts.VERSION,
    )


__all__ = ["Delivery", "Outcome", "classify", "send"]

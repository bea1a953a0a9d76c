"""What a text may say of one customer: plain values, as stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a text may say. Values are as stored; they are made harmless and readable by `render`.

    Args:
        url: the personal link; code: the one-time code; stop_url: "no more reminders". All are secrets.
        told_at, answer_by: of the announcement. recorded_at, until: of a decision.
        kind, who, fingerprint: of a decision. colleague: who passed it on.
        on_paper: the decision came as a signed document, so there was no page to see.
        checkpoint: the signed state of the evidence log, which the text part of a receipt carries at its end.
        paper: printed and posted, so it must not speak of itself as a mail; words: the call-back words, on paper only.
        words_of: the text of our answer. seats, items: what arrived. stays_until: first end of a term.
    """

    customer: str
    domain: str
    person: str
    sender: str
    source: str
    target: str
    same_entity: bool
    signer: str
    address: str
    reference: str
    url: str = field(repr=False)
    code: str = field(default="", repr=False)
    stop_url: str = field(default="", repr=False)
    minutes: int = 15
    answer_by: datetime | None = None
    number: int = 0
    kind: str = ""
    on_paper: bool = False
    who: str = ""
    recorded_at: datetime | None = None
    until: datetime | None = None
    fingerprint: str = ""
    colleague: str = ""
    words_of: str = ""
    seats: int = 0
    items: int = 0
    billed_from: datetime | None = None
    stays_until: datetime | None = None
    why: str = ""
    checkpoint: str = ""
    paper: bool = False
    words: str = ""

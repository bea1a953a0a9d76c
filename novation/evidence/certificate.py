"""The certificate: one or two pages that a judge can read, as PDF/UA by typst."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

import typst

from novation.evidence.errors import BadBundle
from novation.evidence.wording import words_for

VERSION = 1


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One line of "What happened": every part as the reader shall see it."""

    when: str
    what: str
    who: str
    how: str
    record: str


@dataclass(frozen=True, slots=True)
class CertificateInput:
    """What the certificate tells, worded in the customer's language.

    source, target: names of the partner companies or accounts. issuer: who seals it. issued: now, in any
    zone; issued_text: the same for a reader. customer, person: pairs of label and value.
    quote: the words that the person agreed to; quote_title: its heading, when it is a translation.
    zone: of the times in `events`.
    not_done: what nobody did. count: records of this customer. size, root: of the newest checkpoint.
    witnessed: who vouches for the time, or that the time stamp is awaited.
    """

    reference: str
    language: str
    source: str
    target: str
    issuer: str
    issued: datetime
    issued_text: str
    summary: str
    customer: Sequence[tuple[str, str]]
    person: Sequence[tuple[str, str]]
    events: Sequence[CertificateRow]
    zone: str
    count: int
    size: int
    root: bytes
    witnessed: str
    quote: str = ""
    quote_title: str = ""
    not_done: str = ""


def render_certificate(given: CertificateInput) -> bytes:
    """The certificate as a PDF/UA file, not yet sealed; the same input gives the same bytes.

    Raises BadBundle when the content cannot be set, for instance for text without any line of events.
    """
    if not given.events:
        raise BadBundle("A certificate without events certifies nothing")
    language, own = words_for(given.language)
    data = {
        "language": language,
        "title": own["title"],
        "words": own,
        "reference": given.reference,
        "parties": own["parties"].format(source=given.source, target=given.target),
        "issuer": given.issuer,
        "issued": own["issued"].format(issued=given.issued_text),
        "date": [given.issued.year, given.issued.month, given.issued.day],
        "summary": given.summary,
        "customer": [list(pair) for pair in given.customer],
        "person": [list(pair) for pair in given.person],
        "quote": given.quote,
        "quote_title": given.quote_title or own["quote"],
        "zone": given.zone,
        "events": [[row.when, row.what, row.who, row.how, row.record] for row in given.events],
        "not_done": given.not_done,
        "records": own["records_text"].format(events=given.count, size=_group_thousands(given.size)),
        "fingerprint": _group_hex(given.root),
        "witnessed": given.witnessed,
        "foot": own["foot"].format(issuer=given.issuer),
        "version": f"{given.reference} · v{VERSION}",
    }
    template = (files("novation.evidence") / "certificate.typ").read_bytes()
    try:
        made = typst.compile(
            template,
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards="ua-1",
            timestamp=given.issued,
        )
    except typst.TypstError as error:
        raise BadBundle(f"The certificate could not be set: {error.message}") from error
    if not isinstance(made, bytes):
        raise BadBundle("The certificate could not be set as one file")
    return made


def _group_thousands(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _group_hex(root: bytes) -> str:
    text = root.hex()
    groups = [text[at : at + 4] for at in range(0, len(text), 4)]
    return " ".join(groups[:8]) + "\n" + " ".join(groups[8:])

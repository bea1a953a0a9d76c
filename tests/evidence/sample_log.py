"""A small log with two customers, as the product writes it, from which tests cut bundles and forge."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from novation.evidence.authenticator import Authenticator
from novation.evidence.bundle import BundleCheckpoint, BundleEvent, BundleInput, Document, build_bundle
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.contact_origin import ContactOrigin
from novation.evidence.entry import NO_SUBJECT, Entry, document_digest, make_entry
from novation.evidence.note import Checkpoint, LogKey
from novation.evidence.tags import Tag
from novation.evidence.tree import Tree
from novation.evidence.verify import Pins

ORIGIN = "evidence.severka.example/log"
ALPHA, BETA = "SEV-4821-7306", "SEV-5177-0042"
START = datetime(2026, 11, 16, 8, 4, 0, tzinfo=UTC)
PAGE = "<!doctype html><title>Souhlas</title><p>Zmocňuji Severka IT s.r.o. …</p>\n".encode()
MAIL = b"From: severka@example.com\r\nTo: zdarska@example.org\r\nSubject: Zmena\r\n\r\nDobry den\r\n"
ANSWER = b'{"answer":{"status":201},"request":{"method":"POST","path":"/v1/transfers"}}'
IMPORTED = ContactOrigin(
    "import", START - timedelta(days=9), "list:" + "3" * 64, "operator:9", START - timedelta(days=8)
).as_data()
BASELINE = b'{"items":[{"quantity":86,"sku":"CFQ7TTC0LH18"}]}'


@dataclass
class SampleLog:
    """A log in memory: append, checkpoint, and cut a bundle."""

    key: LogKey = field(default_factory=lambda: LogKey.from_seed(ORIGIN, bytes(range(32))))
    tree: Tree = field(default_factory=Tree)
    entries: list[tuple[str, Entry]] = field(default_factory=list)
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    checkpoints: list[BundleCheckpoint] = field(default_factory=list)
    documents: dict[str, list[Document]] = field(default_factory=dict)
    at: datetime = START

    def add(
        self,
        tag: Tag,
        subject: str,
        *,
        personal: dict[str, str] | None = None,
        context: dict[str, str] | None = None,
        authenticator: Authenticator | None = None,
        **data: Any,
    ) -> Entry:
        """Append one event, 40 minutes after the one before; it belongs to the customer's first move."""
        number, head = self.heads.get(subject, (0, EMPTY_HEAD))
        seq = len(self.tree)
        self.at += timedelta(minutes=40)
        entry = make_entry(
            seq=seq,
            at=self.at,
            tag=tag,
            subject=subject,
            actor="customer" if tag.startswith("decision") else "engine",
            data=data,
            personal=personal,
            salt=hashlib.sha256(f"salt {seq}".encode()).digest()[:16],
            number=number + 1,
            before=head,
            context={"move": f"{subject}-M1"}
            if context is None and subject != NO_SUBJECT
            else context or None,
            authenticator=authenticator,
        )
        self.tree.append(entry.leaf)
        self.entries.append((subject, entry))
        self.heads[subject] = (number + 1, extend_chain(head, entry.leaf))
        return entry

    def document(self, subject: str, folder: str, extension: str, content: bytes) -> str:
        """Keep a document of this customer; returns the name for the event."""
        self.documents.setdefault(subject, []).append(Document(folder, extension, content))
        return document_digest(content)

    def checkpoint(self, key: LogKey | None = None, later: timedelta = timedelta(minutes=2)) -> bytes:
        """Sign a checkpoint over everything so far, two minutes later."""
        said = Checkpoint(ORIGIN, len(self.tree), self.tree.root(), self.at + later)
        note = said.signed(key or self.key)
        self.checkpoints.append(BundleCheckpoint(note))
        return note

    def events(self, subject: str) -> list[BundleEvent]:
        """The events of one customer as a bundle takes them."""
        return [BundleEvent(entry.body, entry.personal) for name, entry in self.entries if name == subject]

    def input(self, subject: str = ALPHA, **changes: Any) -> BundleInput:
        """What `bundle` builds from."""
        given: dict[str, Any] = {
            "reference": subject,
            "issuer": "Severka Group a.s.",
            "language": "cs",
            "issued": self.at + timedelta(minutes=10),
            "events": self.events(subject),
            "checkpoints": list(self.checkpoints),
            "proofs": self.tree,
            "log_keys": [self.key.vkey],
            "documents": self.documents.get(subject, []),
        }
        return BundleInput(**(given | changes))

    def bundle(self, subject: str = ALPHA, **changes: Any) -> bytes:
        """The bundle of one customer."""
        return build_bundle(self.input(subject, **changes), self.key)

    @property
    def pins(self) -> Pins:
        """What a reader of this log knows from elsewhere."""
        return Pins(log=(self.key.vkey,))


def sample_log() -> SampleLog:
    """Two customers who were told, decided and moved, with three checkpoints."""
    log = SampleLog()
    log.add(Tag.PROGRAMME_CREATED, NO_SUBJECT)
    for subject in (ALPHA, BETA):
        mine = subject.encode()
        baseline = log.document(subject, "items", "json", BASELINE[:-1] + b',"of":"' + mine + b'"}')
        log.add(Tag.CUSTOMER_INVENTORIED, subject, documents=[baseline], seats=86)
        mail = log.document(subject, "mail", "eml", MAIL + mine)
        log.add(Tag.NOTICE_SENT, subject, personal={"address": f"{subject}@example.org"}, documents=[mail])
    log.checkpoint()
    for subject, name in ((ALPHA, "Ing. Jana Žďárská"), (BETA, "Petr Novák")):
        page = log.document(subject, "shown", "html", PAGE + subject.encode())
        log.add(Tag.PAGE_SHOWN, subject, documents=[page], language="cs", version=4)
        log.add(
            Tag.DECISION_MANDATE,
            subject,
            personal={"name": name, "function": "jednatelka", "ip": "192.0.2.7"},
            level="A1",
            documents=[page],
            contact_origin=IMPORTED,
        )
        log.checkpoint()
    for subject in (BETA, ALPHA):
        answer = log.document(subject, "remote", "json", ANSWER[:-1] + b',"of":"' + subject.encode() + b'"}')
        log.add(Tag.STEP_INTENT, subject, step="create-transfer")
        log.add(Tag.STEP_OUTCOME, subject, documents=[answer], status=201)
        log.add(Tag.ITEM_VERIFIED, subject, seats=86)
        log.add(Tag.MOVE_CLOSED, subject)
    log.checkpoint()
    return log

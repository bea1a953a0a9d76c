"""The evidence log: append-only rows, chained, written in the transaction of the change they speak of."""

from __future__ import annotations

import uuid
from typing import ClassVar, TypeVar

from django.db import models

from novation import transactions

#: Kind of a document whose content was erased on record.
ERASED = "erased"


M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class LogManager(models.Manager[M_co]):
    """Reads see what this transaction has recorded: it is written first."""

    def get_queryset(self) -> models.QuerySet[M_co]:
        """As Django has it."""
        transactions.write_deferred()
        return super().get_queryset()


class Document(models.Model):
    """Exact bytes that an event speaks of: a page as shown, a mail as sent, a request and its answer."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=12, help_text="shown, mail, remote, items or text")
    media = models.CharField(max_length=60, help_text="Media type")
    content = models.BinaryField()
    created_at = models.DateTimeField()

    objects: ClassVar[LogManager[Document]] = LogManager()

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:12]}"


class Event(models.Model):
    """One entry. `body` holds the canonical bytes (RFC 8785); personal values stand apart, under commitments."""

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    tag = models.CharField(max_length=40)
    subject = models.CharField(
        max_length=40, help_text="Reference of the customer whose history it belongs to, or '-' for nobody's."
    )
    customer_id = models.PositiveBigIntegerField(null=True, db_index=True, help_text="The customer's row.")
    move_id = models.PositiveBigIntegerField(null=True, help_text="The move in which it happened, if any.")
    move_reference = models.CharField(max_length=16, blank=True)
    operation_id = models.UUIDField(null=True, help_text="The operation it belongs to, if any.")
    number = models.PositiveIntegerField(help_text="Position among the entries of the same subject, from 1.")
    actor = models.CharField(max_length=100)
    body = models.BinaryField()
    personal = models.JSONField(default=dict)
    documents = models.ManyToManyField(Document, related_name="events")
    leaf = models.BinaryField(max_length=32)
    head = models.BinaryField(
        max_length=32, help_text="SHA-256 over the subject's previous head and this leaf."
    )

    objects: ClassVar[LogManager[Event]] = LogManager()

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="one_event_per_number")]
        indexes = [
            models.Index(fields=["tag", "seq"], name="event_tag"),
            models.Index(fields=["move_id", "seq"], name="event_move"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.tag}"


class LogNode(models.Model):
    """A complete inner node of the Merkle tree, from level 8 up: one for every 256 entries, and those above them.

    With them a proof reads some hundred leaves, however long the log is.
    """

    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField(help_text="Position within the level; it covers 2^level leaves.")
    hash = models.BinaryField(max_length=32)

    objects: ClassVar[LogManager[LogNode]] = LogManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="one_node_per_place")]

    def __str__(self) -> str:
        return f"node {self.level}/{self.index}"


class LogHead(models.Model):
    """The single row that says how long the log is; locked last by whoever appends, so that no number is used twice."""

    size = models.PositiveBigIntegerField(default=0)
    frontier = models.BinaryField(default=b"", help_text="Right edge of the Merkle tree.")
    at = models.DateTimeField(null=True, help_text="Time of the last entry; the log's time never goes back.")

    objects: ClassVar[LogManager[LogHead]] = LogManager()

    def __str__(self) -> str:
        return f"{self.size} entries"


class Checkpoint(models.Model):
    """A signed statement of how long the log was and what its Merkle root was (C2SP tlog-checkpoint)."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.BinaryField(help_text="The signed note, byte for byte.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["size"]

    def __str__(self) -> str:
        return f"checkpoint at {self.size}"


class Stamp(models.Model):
    """What one time service says of one checkpoint (RFC 3161). Without an answer it is awaited, and asked again."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="stamps")
    service = models.CharField(max_length=40)
    answer = models.BinaryField(
        null=True, help_text="The answer as it came, checked against the pinned chain."
    )
    at = models.DateTimeField(null=True, help_text="The time that the service gives.")
    tries = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "service"], name="one_stamp_per_service"),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=models.Q(answer__isnull=True), name="stamp_awaited"),
        ]

    def __str__(self) -> str:
        return f"{self.service} on {self.checkpoint_id}"


class LogKey(models.Model):
    """A log key after the first, and the note by which the key before it handed over. The secret half is a file."""

    number = models.PositiveIntegerField(primary_key=True, help_text="2 for the first that followed another.")
    vkey = models.CharField(max_length=200, help_text="C2SP verifier key.")
    handover = models.BinaryField(help_text="The note, signed by the old key and by this one.")
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.vkey


class BundleExport(models.Model):
    """Many bundles that one person takes out in one file, and how far that is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.CharField(max_length=100)
    references = models.JSONField(help_text="Of the customers; empty for all.")
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    broken = models.BooleanField(default=False, help_text="The download ended before the last bundle.")

    def __str__(self) -> str:
        return f"{self.done} of {self.total} bundles"


class WitnessMail(models.Model):
    """A checkpoint mailed to an address outside, once a day. Until it is sent it is tried again."""

    checkpoint = models.OneToOneField(Checkpoint, models.PROTECT, related_name="+")
    address = models.CharField(max_length=254)
    queued_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["queued_at"]

    def __str__(self) -> str:
        return f"{self.checkpoint_id} to {self.address}"

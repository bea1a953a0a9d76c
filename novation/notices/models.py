"""Personal links, one-time codes, and the mails to customers. Writes go through `services` and `delivery`."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from novation.compiled_saves import CompiledSaves
from novation.customers.models import Contact
from novation.evidencelog.models import Document
from novation.moves.models import Move, Programme


class Link(models.Model):
    """A personal link to the customer's page. Its token is derived from the id; only its hash is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    move = models.ForeignKey(Move, models.PROTECT, related_name="links")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    reminders_stopped_at = models.DateTimeField(null=True, help_text="The person wants no more reminders.")
    # Notes only: a machine may have fetched it. Neither is evidence of a reader.
    fetched_at = models.DateTimeField(null=True)
    fetches = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-issued_at"]
        indexes = [models.Index(fields=["move", "contact"], name="link_of_contact")]

    def __str__(self) -> str:
        return f"link of {self.move_id} for contact {self.contact_id}"


class Code(models.Model):
    """A one-time code. Its digits are derived from the id and never stored."""

    class Channel(models.TextChoices):
        MAIL = "mail"
        PHONE = "phone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link = models.ForeignKey(Link, models.CASCADE, related_name="codes")
    channel = models.CharField(max_length=5, choices=Channel, default=Channel.MAIL)
    sent_to = models.CharField(max_length=254, help_text="Address or number on file when it was asked for.")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-issued_at"]

    def __str__(self) -> str:
        return f"code of {self.link_id}"


class Notice(CompiledSaves):
    """One mail to one person for one purpose, from the wish to its outcome."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        BOUNCED = "bounced"
        FAILED = "failed"
        UNCERTAIN = "uncertain"
        CANCELLED = "cancelled"

    move = models.ForeignKey(Move, models.PROTECT, related_name="notices")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="notices")
    purpose = models.CharField(max_length=20)
    attempt = models.PositiveIntegerField(default=1, help_text="Counts mails of one purpose to one person.")
    language = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    about = models.JSONField(default=dict, help_text="Ids of the decision, message or code it speaks of.")
    queued_at = models.DateTimeField()
    retry_at = models.DateTimeField(help_text="Not to be sent before.")
    tries = models.PositiveIntegerField(default=0)
    claim = models.PositiveIntegerField(default=0, help_text="Fence: number of the claim that may settle it.")
    claimed_at = models.DateTimeField(
        null=True, help_text="When it was last taken in hand or let go: what the limits count."
    )
    lease_owner = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=200, unique=True)
    remote_id = models.CharField(
        max_length=200, blank=True, db_index=True, help_text="What the mail service calls it."
    )
    error = models.CharField(max_length=400, blank=True)
    wording = models.CharField(max_length=40, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the bytes that were sent.")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="+", help_text="The mail as sent, secrets masked."
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["move", "purpose", "contact", "attempt"], name="one_notice_per_attempt"
            ),
        ]
        indexes = [
            models.Index(
                fields=["retry_at"], condition=models.Q(state__in=["queued", "sending"]), name="notice_due"
            ),
            models.Index(fields=["state"], name="notice_state"),
            models.Index(fields=["claimed_at"], name="notice_claimed"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"


class InboundMail(models.Model):
    """One mail that came to our address, or one report of the mail service. Taken in once, whoever hands it over."""

    sha256 = models.CharField(max_length=64, unique=True, help_text="Of its bytes.")
    kind = models.CharField(max_length=12)
    move = models.ForeignKey(Move, models.PROTECT, null=True, related_name="arrivals")
    at = models.DateTimeField()
    sender = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True, help_text="Only of mails that nobody could place.")
    raw = models.BinaryField(null=True, help_text="The mail itself, only of one that could not be read.")
    handled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(
                fields=["at"], condition=models.Q(move=None, handled_at=None), name="arrival_unplaced"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.at:%Y-%m-%d %H:%M}"


class MailCheck(models.Model):
    """What the last look at the mail set-up found."""

    at = models.DateTimeField()
    fingerprint = models.CharField(max_length=32, help_text="Of the set-up that was looked at.")
    findings = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{len(self.findings)} findings"


class TestMail(models.Model):
    """An announcement to one of our own people, who says whether it arrived as it should."""

    __test__ = False  # no test of ours, whatever pytest thinks of the name

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"

    to = models.EmailField(max_length=254)
    language = models.CharField(max_length=10)
    move = models.ForeignKey(Move, models.PROTECT, related_name="+", help_text="Whose facts it shows.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=32)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    error = models.CharField(max_length=300, blank=True)
    sent_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-asked_at", "-id"]

    def __str__(self) -> str:
        return f"test mail to {self.to}"


class Text(models.Model):
    """A text of the programme's own, instead of the delivered one. A draft has no version; a version never changes."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="texts")
    purpose = models.CharField(max_length=20)
    language = models.CharField(max_length=10)
    version = models.PositiveIntegerField(null=True, help_text="None: a draft.")
    source = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80)
    published_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["purpose", "language", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "purpose", "language", "version"], name="one_text_per_version"
            ),
            models.UniqueConstraint(
                fields=["programme", "purpose", "language"],
                condition=models.Q(version=None),
                name="one_draft_per_text",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the record of a mail calls its wording."""
        return f"{self.purpose}-{self.language}-{self.version or 'draft'}"


class PostalLetter(models.Model):
    """The announcement on paper, for a customer whom no mail reaches."""

    move = models.ForeignKey(Move, models.PROTECT, related_name="letters")
    name = models.CharField(max_length=200)
    address = models.TextField()
    language = models.CharField(max_length=10)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", help_text="The letter as PDF.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"letter of {self.move_id}"

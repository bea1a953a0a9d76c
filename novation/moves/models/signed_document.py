"""A signed paper of the customer, from the upload to the word of a second person."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from novation.customers.models.customer import Contact
from novation.evidencelog.models import Document
from novation.moves.models.decision import Decision
from novation.moves.models.move import Move


class SignedDocument(models.Model):
    """What one operator read in a signed file. It binds nothing until a second person has approved it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        REFUSED = "refused"

    class Kind(models.TextChoices):
        MANDATE = "mandate"
        SELF = "self"
        DECLINED = "declined"

    move = models.ForeignKey(Move, models.PROTECT, related_name="signed_papers")
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200, help_text="Who signed.")
    function = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, help_text="As the paper or its covering mail names it.")
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="+", help_text="The person on file who gets the receipt."
    )
    authority = models.TextField(help_text="The statement of authority that the operator found in the paper.")
    statement = models.TextField(help_text="What the paper declares.")
    dated = models.DateField(help_text="Date of the paper.")
    wording = models.CharField(max_length=40, help_text="Version that stands on the paper, or paper.")
    language = models.CharField(max_length=10)
    note = models.TextField(blank=True)
    after = models.PositiveBigIntegerField(help_text="The newest decision at the upload; 0 for none.")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="Why it was refused.")
    decision = models.OneToOneField(Decision, models.PROTECT, null=True, related_name="paper")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["move"], condition=models.Q(state="waiting"), name="one_waiting_paper"
            )
        ]

    def __str__(self) -> str:
        return f"{self.move_id} {self.kind} {self.state}"

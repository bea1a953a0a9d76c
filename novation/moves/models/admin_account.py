"""An administrator account of the customer's own, from the wish to the hand-over."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from novation.customers.models.customer import Contact
from novation.moves.models.move import Move


class AdminAccount(models.Model):
    """One named account for one person of the customer. Its first password lies sealed, and never here."""

    class State(models.TextChoices):
        ASKED = "asked"
        MADE = "made"
        HANDED_OVER = "handed-over"
        NOT_MADE = "not-made"
        RAN_OUT = "ran-out"

    move = models.ForeignKey(Move, models.PROTECT, related_name="admin_accounts")
    contact = models.ForeignKey(
        Contact, models.PROTECT, related_name="+", help_text="Whose link asked for it."
    )
    person = models.CharField(max_length=200, help_text="For whom the account is.")
    email = models.EmailField(max_length=254, help_text="That person's address at the company.")
    asked_by = models.CharField(max_length=200)
    level = models.CharField(max_length=2, help_text="Attribution of the wish: A1 or higher.")
    statement = models.TextField(help_text="What was declared, word for word.")
    shown_sha256 = models.CharField(max_length=64, help_text="Document with the exact bytes of the page.")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.ASKED)
    username = models.CharField(max_length=254, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(null=True)
    secret_until = models.DateTimeField(null=True, help_text="After this the first password is destroyed.")
    handed_over_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.username or self.person} {self.state}"

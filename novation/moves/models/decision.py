"""What a person of the customer said, and the conversation around it."""

from __future__ import annotations

from django.db import models

from novation.compiled_saves import CompiledSaves
from novation.customers.models.customer import Contact
from novation.moves.models.move import Move


class Decision(CompiledSaves):
    """One act of a person at the customer. Rows are added, never changed; the newest counts."""

    class Kind(models.TextChoices):
        MANDATE = "mandate"
        SELF = "self"
        DECLINED = "declined"
        QUESTION = "question"
        DELEGATED = "delegated"
        WITHDRAWN = "withdrawn"

    move = models.ForeignKey(Move, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="+")
    level = models.CharField(max_length=2, help_text="Attribution A0 to A3; A0 never binds.")
    name = models.CharField(max_length=200)
    function = models.CharField(max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=60, blank=True)
    authority = models.TextField(help_text="The statement of authority, word for word.")
    statement = models.TextField(help_text="What was declared, word for word.")
    wording = models.CharField(max_length=40, help_text="Version of the texts.")
    language = models.CharField(max_length=10)
    shown_sha256 = models.CharField(max_length=64, help_text="Document with the exact bytes of the page.")
    code_check = models.CharField(max_length=60, help_text="How the one-time code was sent and accepted.")
    link_id = models.CharField(max_length=40)
    address = models.CharField(max_length=45, help_text="IP address.")
    agent = models.CharField(max_length=400, blank=True)
    reason = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, help_text="End of a mandate.")
    scope = models.JSONField(default=list, help_text="What a mandate covers: relationship, access.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.move_id} {self.kind}"


class Message(models.Model):
    """One turn of the conversation with a customer."""

    move = models.ForeignKey(Move, models.CASCADE, related_name="messages")
    from_customer = models.BooleanField()
    author = models.CharField(max_length=200)
    channel = models.CharField(max_length=20, help_text="page, mail, telephone")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"

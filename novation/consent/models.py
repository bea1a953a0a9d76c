"""What a visitor has chosen but not yet confirmed, the pages as they were shown, and counts against guessing."""

from __future__ import annotations

import uuid

from django.db import models

from novation.evidencelog.models import Document
from novation.moves.models import Move
from novation.notices.models import Link


class Draft(models.Model):
    """A choice before it counts. It decides nothing; confirmed, it is used up."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link = models.ForeignKey(Link, models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=10)
    words = models.TextField(blank=True, help_text="The reason, or the question.")
    colleague_name = models.CharField(max_length=200, blank=True)
    colleague_email = models.EmailField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="draft_age")]

    def __str__(self) -> str:
        return f"{self.kind} draft"


class Rendering(models.Model):
    """The exact bytes of one check page, as they went to the browser; the form names it by its id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, models.CASCADE, related_name="renderings")
    content = models.BinaryField()
    statement = models.TextField()
    authority = models.TextField(blank=True)
    until = models.DateTimeField(null=True, help_text="End of a mandate, as this page names it.")
    wording = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"page of {self.at:%Y-%m-%d %H:%M}"


class Identity(models.Model):
    """A sign-in with the customer's own tenant that proved something. It serves one choice, for a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, models.CASCADE, related_name="identities")
    page_id = models.UUIDField(unique=True, help_text="The page on which it began.")
    person = models.CharField(max_length=200)
    username = models.CharField(max_length=254)
    role = models.CharField(max_length=40)
    record = models.ForeignKey(
        Document, models.PROTECT, related_name="+", help_text="ID token and keys, as Microsoft gave them."
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.username} {self.role}"


class Report(models.Model):
    """A mail or page that somebody took for a fake of ours."""

    text = models.TextField()
    reference = models.CharField(max_length=40, blank=True, help_text="As given; may be invented.")
    reply_to = models.EmailField(max_length=254, blank=True)
    move = models.ForeignKey(Move, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"report of {self.at:%Y-%m-%d}"


class Attempt(models.Model):
    """Failures of one kind from one place within one window; against guessing."""

    kind = models.CharField(max_length=10)
    place = models.CharField(max_length=64)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "place", "window"], name="one_count_per_window")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.count}"

"""The engine's side of a row that it claims."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from novation.compiled_saves import CompiledSaves


class Claimable(CompiledSaves):
    """When to look at the row again, who holds it, and the fence of that claim. Moves and operations are such rows."""

    #: What is read with a row when it is claimed or locked.
    read_with: ClassVar[tuple[str, ...]] = ()

    due_at = models.DateTimeField(null=True)
    due_why = models.CharField(max_length=200, blank=True)
    due_who = models.CharField(max_length=10, blank=True)
    due_class = models.CharField(max_length=12, blank=True, help_text="The group of calls that it waits for.")
    lease_owner = models.CharField(max_length=60, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)
    consecutive_errors = models.PositiveIntegerField(default=0, help_text="Unexpected errors in a row.")

    class Meta:
        abstract = True

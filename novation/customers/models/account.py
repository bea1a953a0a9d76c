"""Our partner accounts in Partner Center."""

from __future__ import annotations

from django.db import models


class Account(models.Model):
    """One partner account of ours. Its secrets live in the vault, never here.

    Whether it is the source or the target is a role that each programme gives it.
    """

    slug = models.SlugField(
        max_length=20, unique=True, help_text="Its name in commands, steps and the vault."
    )
    tenant_id = models.CharField(max_length=36, unique=True)
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, blank=True)
    mpn_id = models.CharField(max_length=20, blank=True)
    kind = models.CharField(
        max_length=10, blank=True, help_text="direct, provider or reseller; empty: unknown."
    )
    read_at = models.DateTimeField(null=True, help_text="When its customer list was last read to the end.")

    def __str__(self) -> str:
        return f"{self.name} ({self.slug})"

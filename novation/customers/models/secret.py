"""Secrets of the partner accounts, encrypted at rest."""

from __future__ import annotations

from django.db import models


class Secret(models.Model):
    """One sealed value. The key is not in the database; name and version are bound into the ciphertext."""

    name = models.CharField(max_length=80, unique=True)
    nonce = models.BinaryField(max_length=12)
    sealed = models.BinaryField()
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

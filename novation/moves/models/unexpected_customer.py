"""Tenants on the target's list that belong to no move: perhaps a customer that signed in with the wrong tenant."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from novation.customers.models.account import Account
from novation.moves.models.move import Move


class UnexpectedCustomer(models.Model):
    """One tenant that we did not invite and that an account of ours lists as its customer."""

    class State(models.TextChoices):
        BEFORE = "before"  # it was there when the list was read for the first time
        OPEN = "open"
        JUDGED = "judged"

    class Verdict(models.TextChoices):
        WRONG_TENANT = "wrong-tenant"  # a customer of ours accepted with another tenant
        OURS = "ours"  # a customer of the new account that has nothing to do with the programme
        UNKNOWN = "unknown"  # nobody knows it; it is watched

    account = models.ForeignKey(Account, models.PROTECT, related_name="strangers")
    tenant_id = models.CharField(max_length=36)
    name = models.CharField(max_length=300, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    seen_at = models.DateTimeField(help_text="When it was seen for the first time.")
    gone_at = models.DateTimeField(null=True, help_text="When it was no longer listed.")
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True)
    move = models.ForeignKey(Move, models.SET_NULL, null=True, related_name="+", help_text="Whose it is.")
    note = models.CharField(max_length=400, blank=True)
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-seen_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "tenant_id"], name="one_stranger_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.name or self.tenant_id

"""What all engines of an installation know together: how much each account may still be asked, and who works."""

from __future__ import annotations

from django.db import models


class Allowance(models.Model):
    """How many calls of one kind one partner account has left; shared by every engine on this database."""

    account = models.CharField(max_length=20, help_text="Slug of the partner account.")
    group = models.CharField(max_length=40, help_text="Rate group of Microsoft's resources.")
    state = models.JSONField(default=dict, help_text="See novation.partnercenter.shared_window.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "group"], name="one_allowance_per_group")]

    def __str__(self) -> str:
        return f"{self.account} {self.group}"


class EngineRun(models.Model):
    """One engine process, from its start to its end, and what it found uncertain when it started."""

    owner = models.CharField(max_length=60, help_text="Name on its leases: host and process id.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="Last sign of life.")
    ended_at = models.DateTimeField(null=True, help_text="It stopped in good order.")
    freed = models.PositiveIntegerField(default=0, help_text="Moves that a dead engine still held.")
    uncertain_steps = models.JSONField(default=list, help_text="Ids of calls without a known outcome.")
    uncertain_mails = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["ended_at", "seen_at"], name="engine_alive")]

    def __str__(self) -> str:
        return self.owner

"""The undertaking as a whole: two partner accounts, a policy, and the waves of customers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property

from novation.customers.models.account import Account
from novation.domain.policy import Policy


class Programme(models.Model):
    """One source, one target, one set of texts and periods."""

    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        FINISHED = "finished"

    name = models.CharField(max_length=120)
    source = models.ForeignKey(Account, models.PROTECT, related_name="+")
    target = models.ForeignKey(Account, models.PROTECT, related_name="+")
    same_entity = models.BooleanField(default=False, help_text="Both accounts belong to one legal entity.")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    policy_values = models.JSONField(default=dict, blank=True)
    invitation_url = models.URLField(max_length=500, blank=True)
    sender_name = models.CharField(max_length=200)
    sender_email = models.EmailField()
    sender_phone = models.CharField(max_length=40, blank=True)
    sender_address = models.CharField(max_length=300, blank=True)
    person_name = models.CharField(max_length=200, blank=True, help_text="Who signs the letters.")
    reference_prefix = models.CharField(max_length=3, default="NOV")
    access_roles = models.JSONField(default=list, help_text="Role template ids asked for with GDAP.")
    access_group = models.CharField(
        max_length=36, blank=True, help_text="Security group that gets the roles."
    )
    activity_read_at = models.DateTimeField(
        null=True, help_text="When the activity logs of both accounts were last read to the end."
    )
    reverse_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="reverses",
        help_text="Moves back what this one moved.",
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @cached_property
    def family_ids(self) -> list[int]:
        """Ids of this programme and of the one that moves back what it moved. Read once for each object.

        `selectors.home.programme` brings the second one along as `back_id`.
        """
        if "back_id" in self.__dict__:
            back = self.__dict__["back_id"]
            return [self.pk] if back is None else [self.pk, back]
        return [self.pk, *Programme.objects.filter(reverse_of=self.pk).values_list("pk", flat=True)]

    def accounts_by_role(self) -> dict[str, Account]:
        """The accounts to which this programme gives the roles of a move."""
        return {"source": self.source, "target": self.target}

    @property
    def policy(self) -> Policy:
        """The periods and limits; unset ones have their default."""
        return Policy.from_json(self.policy_values)


class Wave(models.Model):
    """A list of customers who are told together; frozen when it is launched."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SCHEDULED = "scheduled"
        RUNNING = "running"
        PAUSED = "paused"
        FINISHED = "finished"

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="waves")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    release_at = models.DateTimeField(null=True, help_text="When the first mail may go.")
    launched_at = models.DateTimeField(null=True)
    frozen = models.PositiveIntegerField(null=True, help_text="How many recipients there were at the launch.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="one_wave_per_number"),
        ]

    def __str__(self) -> str:
        return self.name or f"Wave {self.number}"


class WaveApproval(models.Model):
    """A person's agreement to the launch of a wave, bound to exactly the list of customers that was seen."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="approvals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recipients_sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["wave", "person"], name="one_wave_approval_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id} by {self.person_id}"


class CircuitBreak(models.Model):
    """A stop rule spoke: what was counted, and who looked at it and let it go on."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="halts")
    wave = models.ForeignKey(
        Wave, models.CASCADE, null=True, related_name="halts", help_text="None: the whole programme."
    )
    rule = models.CharField(max_length=12)
    bad = models.PositiveIntegerField()
    of = models.PositiveIntegerField()
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=400, blank=True, help_text="What was found and done.")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["wave", "rule"],
                condition=models.Q(ended_at=None, wave__isnull=False),
                name="one_open_halt_of_wave",
            ),
            models.UniqueConstraint(
                fields=["programme", "rule"],
                condition=models.Q(ended_at=None, wave__isnull=True),
                name="one_open_halt_of_programme",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.bad} of {self.of}"

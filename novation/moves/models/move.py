"""One customer in one programme: its tracks, and the row that the engine claims."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models

from novation.customers.models.customer import Customer
from novation.domain.stage import Stage, stage_of
from novation.domain.tracks import FIRST, Track
from novation.evidence.subject import Subject
from novation.moves.models.programme import Programme, Wave
from novation.operations.models.claimable import Claimable


def _state(track: Track) -> Any:
    return models.CharField(max_length=14, default=FIRST[track])


def _since() -> Any:
    return models.DateTimeField(null=True)


class Move(Claimable):
    """One customer's move. The nine tracks are stored; `stage` follows from them and is kept for filtering.

    A save writes what was changed since the row was read, so that it never takes back what somebody else wrote
    to the same row meanwhile. After a rollback read it anew.
    """

    read_with = ("programme__source", "programme__target", "customer", "wave")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="moves")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="moves")
    wave = models.ForeignKey(Wave, models.SET_NULL, null=True, related_name="moves")
    reference = models.CharField(max_length=16, unique=True)
    words = models.CharField(max_length=80, help_text="Call-back words, read out on the telephone.")
    stage = models.CharField(max_length=12, default=Stage.INVENTORY)
    paused = models.BooleanField(default=False)

    notice_state, notice_since = _state(Track.NOTICE), _since()
    decision_state, decision_since = _state(Track.DECISION), _since()
    admin_state, admin_since = _state(Track.ADMIN), _since()
    relationship_state, relationship_since = _state(Track.RELATIONSHIP), _since()
    agreement_state, agreement_since = _state(Track.AGREEMENT), _since()
    access_state, access_since = _state(Track.ACCESS), _since()
    transfer_state, transfer_since = _state(Track.TRANSFER), _since()
    billing_state, billing_since = _state(Track.BILLING), _since()
    closeout_state, closeout_since = _state(Track.CLOSEOUT), _since()

    # What was read, and when; null means not read yet.
    baseline_at = models.DateTimeField(null=True)
    relationship_read_at = models.DateTimeField(null=True)
    agreement_read_at = models.DateTimeField(null=True)
    agreement_evidence = models.JSONField(default=dict, help_text="How the agreement was found valid.")
    transfers_read_at = models.DateTimeField(null=True)
    foreign_transfer = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    licences = models.JSONField(
        default=dict, help_text="Licences assigned in the tenant, as each account read them: before, after."
    )
    clock_stopped = models.DurationField(
        default=timedelta, help_text="So long a question of the customer stopped its clock."
    )
    signatory = models.JSONField(default=dict, help_text="Who signs the agreement, if not who decided.")
    signatory_at = models.DateTimeField(null=True)
    old_side_read_at = models.DateTimeField(null=True)
    left_behind = models.PositiveIntegerField(default=0)
    old_relationship = models.BooleanField(default=True)
    billed_from = models.DateField(null=True, help_text="First day that the new account invoices.")
    papers = models.JSONField(
        default=dict, blank=True, help_text="Rights, agreements and foreign transfers, as read on the source."
    )
    readiness = models.JSONField(default=list, help_text="Blockers, warnings and notes, as last judged.")
    readiness_due = models.DateTimeField(null=True, help_text="When they are to be judged anew.")
    item_count = models.PositiveIntegerField(default=0)
    seat_count = models.PositiveIntegerField(default=0)
    items_done = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read: dict[str, Any] = {}

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "customer"], name="one_move_per_customer"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "due_class", "lease_until"],
                condition=models.Q(due_at__isnull=False),
                name="move_due",
            ),
            models.Index(
                fields=["lease_owner"], condition=~models.Q(lease_owner=""), name="move_lease_owner"
            ),
            models.Index(fields=["programme", "stage"], name="move_stage"),
            models.Index(
                fields=["readiness_due"],
                condition=models.Q(readiness_due__isnull=False),
                name="move_readiness_due",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        """As Django has it; what was read is remembered."""
        move = super().from_db(db, field_names, values)
        move._remember()
        return move

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Move] | None = None,
    ) -> None:
        """As Django has it; what was read is remembered."""
        names = None if fields is None else list(fields)
        super().refresh_from_db(using, names, from_queryset)
        self._remember(names)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django has it, but without `update_fields` only what was changed is written."""
        if not args and not kwargs and not self._state.adding:
            kwargs["update_fields"] = [
                name
                for name, value in self._stored().items()
                if name not in self._read or self._read[name] != value
            ]
        super().save(*args, **kwargs)
        self._remember(kwargs.get("update_fields"))

    def _remember(self, names: Collection[str] | None = None) -> None:
        """Notes that these fields, or all, are as they stand in the database."""
        columns = None if names is None else {_COLUMNS[name] for name in names}
        for name, value in self._stored().items():
            if columns is None or name in columns:
                self._read[name] = deepcopy(value) if name in _MUTABLE else value

    def _stored(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in _STORED if name in self.__dict__}

    @property
    def subject(self) -> Subject:
        """Whose history an event of this move belongs to: the customer's, within this move."""
        return Subject(
            reference=self.customer.reference,
            customer=self.customer_id,
            move=self.pk,
            move_reference=self.reference,
        )

    @property
    def changed_at(self) -> datetime | None:
        """When a track last changed."""
        return max((at for track in Track if (at := getattr(self, f"{track}_since"))), default=None)

    def track(self, track: Track) -> str:
        """The stored state of one track."""
        return str(getattr(self, f"{track}_state"))

    def tracks(self) -> dict[Track, str]:
        """The stored state of every track."""
        return {track: self.track(track) for track in Track}

    def derive_stage(self) -> Stage:
        """The stage that follows from the tracks as they are in memory."""
        return stage_of(self.tracks(), baseline_read=self.baseline_at is not None)


_STORED = tuple(field.attname for field in Move._meta.concrete_fields if not field.primary_key)
_COLUMNS = {field.name: field.attname for field in Move._meta.concrete_fields} | {n: n for n in _STORED}
#: Values that may change in place: a copy is remembered.
_MUTABLE = frozenset(
    field.attname for field in Move._meta.concrete_fields if isinstance(field, models.JSONField)
)

"""What is moved, and the remote records that a move creates on Microsoft's side."""

from __future__ import annotations

from django.db import models

from novation.compiled_saves import CompiledSaves
from novation.domain.facts import BatchState, ItemState
from novation.moves.models.move import Move


class Batch(CompiledSaves):
    """One transfer request of at most 25 items."""

    move = models.ForeignKey(Move, models.CASCADE, related_name="batches")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, default=BatchState.PLANNED)
    remote_id = models.CharField(max_length=64, blank=True)
    remote_status = models.CharField(max_length=40, blank=True, help_text="Microsoft's word, as read.")
    created_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["move_id", "number"]
        constraints = [models.UniqueConstraint(fields=["move", "number"], name="one_batch_per_number")]

    def __str__(self) -> str:
        return f"{self.move_id}/{self.number} {self.state}"


class Item(CompiledSaves):
    """One subscription: as the baseline had it on the source, and as it was found on the target."""

    move = models.ForeignKey(Move, models.CASCADE, related_name="items")
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="items")
    subscription_id = models.CharField(max_length=64)
    new_subscription_id = models.CharField(max_length=64, blank=True)
    product = models.CharField(max_length=120, help_text="product:sku")
    name = models.CharField(max_length=300)
    quantity = models.PositiveIntegerField()
    term = models.CharField(max_length=10, blank=True)
    billing_cycle = models.CharField(max_length=12, blank=True)
    ends = models.DateTimeField(null=True)
    auto_renew = models.BooleanField(default=True)
    status = models.CharField(max_length=16)
    product_type = models.CharField(max_length=60, blank=True)
    is_trial = models.BooleanField(default=False)
    parent = models.CharField(max_length=64, blank=True)
    pending_change = models.BooleanField(default=False)
    promotion = models.CharField(max_length=60, blank=True)
    next_term = models.CharField(max_length=200, blank=True, help_text="Instructions for the next term.")
    cancel_at_end = models.BooleanField(default=False, help_text="Ends with its term.")
    choice = models.CharField(max_length=10, blank=True, help_text="What a person chose for its end.")
    wish = models.CharField(max_length=400, blank=True, help_text="What the customer said about that.")
    chosen_at = models.DateTimeField(null=True)
    choice_sent_at = models.DateTimeField(null=True, help_text="When it was last set on the source.")
    cart = models.CharField(max_length=64, blank=True, help_text="On the target, for buying it anew.")
    cart_at = models.DateTimeField(null=True)
    bought_at = models.DateTimeField(null=True, help_text="When it was bought anew on the target.")
    order_read_at = models.DateTimeField(null=True, help_text="When the target was last asked for it.")
    replaced_at = models.DateTimeField(null=True, help_text="When what was bought was seen there.")
    state = models.CharField(max_length=12, default=ItemState.IN_OLD)
    restorable = models.BooleanField(default=False, help_text="Differs only in a setting that we set back.")
    restored = models.BooleanField(default=False, help_text="The setting was set back once.")
    why = models.CharField(max_length=300, blank=True, help_text="Why it stays, or what differs.")
    baseline = models.JSONField(help_text="The subscription as read on the source.")
    result = models.JSONField(null=True, help_text="The subscription as read on the target.")

    class Meta:
        ordering = ["move_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["move", "subscription_id"], name="one_item_per_subscription"),
        ]
        # The list of customers counts on each page who has a term that ends soon.
        indexes = [models.Index(fields=["state", "ends", "move"], name="item_state_ends")]

    def __str__(self) -> str:
        return f"{self.name} × {self.quantity}"


class ItemPrice(models.Model):
    """What the partner pays for one seat of a subscription and month, from the newest invoice line of it."""

    subscription_id = models.CharField(max_length=64, unique=True)
    seat_month = models.DecimalField(max_digits=12, decimal_places=4, help_text="Net, one seat and month.")
    currency = models.CharField(max_length=3)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.currency} {self.seat_month}"


class Attestation(CompiledSaves):
    """One link to Microsoft's page for the customer agreement (page integrate-sandbox-confirm-customer-accept)."""

    move = models.ForeignKey(Move, models.CASCADE, related_name="attestations")
    remote_id = models.CharField(max_length=64)
    url = models.URLField(max_length=1000, blank=True)
    status = models.CharField(max_length=20, default="created")
    signatory = models.JSONField(help_text="first_name, last_name, email, phone as sent.")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.remote_id} {self.status}"


class Grant(CompiledSaves):
    """One GDAP relationship, of the target (asked for) or of the source (to be ended)."""

    move = models.ForeignKey(Move, models.CASCADE, related_name="grants")
    side = models.CharField(max_length=8)
    remote_id = models.CharField(max_length=120)
    status = models.CharField(max_length=24)
    assignment_id = models.CharField(max_length=64, blank=True)
    assignment_status = models.CharField(max_length=16, blank=True)
    roles_missing = models.JSONField(
        default=list, help_text="Role template ids that we need and did not get."
    )
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["side", "remote_id"], name="one_grant_per_remote_id")]

    def __str__(self) -> str:
        return f"{self.side} {self.status}"

"""Sign-in of operators: django-allauth without open registration, and an event for every attempt."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from novation import clock
from novation.evidence.tags import Tag
from novation.moves.services import events


class ConsoleAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by an administrator; nobody registers alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: `novation operator add` is the only way in."""
        return False


def connect() -> None:
    """Connects the receivers below; called once, when the app is ready."""
    user_logged_in.connect(record_signin, dispatch_uid="novation-signed-in")
    user_login_failed.connect(record_refusal, dispatch_uid="novation-refused")


def record_signin(sender: Any, request: HttpRequest | None, user: Any, **extra: Any) -> None:
    """Writes who came in, and from where."""
    address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    with transaction.atomic():
        events.record(
            Tag.OPERATOR_SIGNED_IN,
            at=clock.now(),
            actor=f"operator:{user.pk}",
            personal={"name": user.get_full_name() or user.get_username(), "address": address},
        )


def record_refusal(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **extra: Any
) -> None:
    """Writes that somebody was refused. What was typed is not kept: people type passwords into the wrong field."""
    address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    with transaction.atomic():
        events.record(Tag.OPERATOR_REFUSED, at=clock.now(), actor="stranger", personal={"address": address})

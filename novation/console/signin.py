"""Sign-in of operators: django-allauth without open registration, and an event for every attempt and change of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account import signals as account
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from novation import clock
from novation.evidence.tags import Tag
from novation.evidencelog.services import events

#: What a person can change about the own way in, and the words for it in the log.
CHANGES = (
    (account.password_set, "password set"),
    (account.password_changed, "password changed"),
    (account.password_reset, "password reset by mail"),
    (account.email_changed, "address changed"),
    (account.email_added, "address added"),
    (account.email_removed, "address removed"),
    (mfa.authenticator_added, "second factor added"),
    (mfa.authenticator_removed, "second factor removed"),
    (mfa.authenticator_reset, "second factor made anew"),
)


class ConsoleAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by an administrator; nobody registers alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: `novation operator add` is the only way in."""
        return False


def connect() -> None:
    """Connects the receivers below; called once, when the app is ready."""
    user_logged_in.connect(record_signin, dispatch_uid="novation-signed-in")
    user_login_failed.connect(record_refusal, dispatch_uid="novation-refused")
    mfa.authentication_failed.connect(record_wrong_factor, dispatch_uid="novation-wrong-factor")
    for signal, what in CHANGES:
        # Not weakly: nobody else holds the receiver.
        signal.connect(partial(record_change, what), weak=False, dispatch_uid=f"novation-{what}")


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


def record_wrong_factor(sender: Any, request: HttpRequest | None, user: Any, **extra: Any) -> None:
    """Writes that the password was right and the second factor was not: somebody may know the password."""
    address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    with transaction.atomic():
        events.record(
            Tag.OPERATOR_REFUSED,
            at=clock.now(),
            actor=f"operator:{user.pk}",
            data={"what": "second factor"},
            personal={"address": address},
        )


def record_change(
    what: str, sender: Any, user: Any, request: HttpRequest | None = None, **extra: Any
) -> None:
    """Writes that a person changed its own way in; neither the old nor the new value."""
    kind = getattr(extra.get("authenticator"), "type", "")
    address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    with transaction.atomic():
        events.record(
            Tag.OPERATOR_CHANGED,
            at=clock.now(),
            actor=f"operator:{user.pk}",
            data={"operator": user.pk, "what": f"{what}: {kind}" if kind else what},
            personal={"address": address},
        )

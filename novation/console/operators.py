"""The people who work with the console: added and changed from the command line, each change an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group as GroupRow
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from novation.console.rights import Group
from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.evidencelog.services import events


@transaction.atomic
def create_operator(
    email: str,
    name: str,
    password: str | None = None,
    groups: Iterable[str] = (Group.OPERATOR,),
    *,
    now: datetime,
    actor: str = "command-line",
) -> User:
    """Adds a person, or gives an existing one another name, password or other groups.

    Args:
        email: what the person signs in with.
        name: full name, as pages and the evidence log's personal fields show it.
        password: at least 12 characters; None leaves the account without one (password reset by mail).
        groups: names of `rights.Group`; they replace the groups of before.
        now: programme time.
        actor: who does this, for the event.

    Raises:
        BadInput: the address, the password or a group cannot be used.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
        if password is not None:
            validate_password(password)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages), where=email) from error
    wanted = sorted(set(groups))
    for group in wanted:
        if group not in set(Group):
            raise BadInput(f"There is no group {group!r}.", remedy=f"Choose from {', '.join(Group)}.")
    user, created = User.objects.get_or_create(username=email, defaults={"email": email})
    user.first_name, user.is_active = name.strip()[:150], True
    if password is not None:
        user.set_password(password)
    elif created:
        user.set_unusable_password()
    user.save()
    user.groups.set([GroupRow.objects.get_or_create(name=group)[0] for group in wanted])
    EmailAddress.objects.update_or_create(
        user=user, email=email, defaults={"primary": True, "verified": True}
    )
    events.record(
        Tag.OPERATOR_CHANGED,
        at=now,
        actor=actor,
        data={"operator": user.pk, "groups": wanted, "created": created, "password": password is not None},
        personal={"name": user.first_name, "email": email},
    )
    return user


def name_of(user: User | None) -> str:
    """A person's name for pages: full name, or the address without one; empty for nobody."""
    return (user.get_full_name() or user.get_username()) if user is not None else ""

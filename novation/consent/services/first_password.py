"""Opens the first password of an administrator account: for the link that asked, with a code read out by telephone."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from novation.consent.services.confirmations import WrongCode, checked
from novation.domain.errors import BadInput
from novation.moves.models import AdminAccount
from novation.moves.services import admin_accounts
from novation.notices import services as notices
from novation.notices.models import Link


def open_password(link: Link, account: AdminAccount, typed: str, *, now: datetime) -> str:
    """The first password, once.

    Args:
        link: of the visitor.
        account: the one that was asked for with this link's person.
        typed: the code as typed.
        now: programme time.

    Raises:
        WrongCode: the try counted.
        BadInput: another person asked, the code came by mail, or there is nothing to show (any more); the code
            is still good.
    """
    if account.contact_id != link.contact_id:
        raise BadInput("Only the person who asked can open it.")
    with transaction.atomic():
        code = notices.check_code(link, typed, now=now)
        if code is not None:
            return admin_accounts.hand_over(account, code_check=checked(code), link_id=str(link.pk), now=now)
    # Outside the transaction: the failed try must stay counted.
    raise WrongCode

"""Registers the page where Microsoft's webhooks arrive. There is one registration, and so one address, per tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from novation.clock import Clock
from novation.domain.errors import MoveError, NeedsOperator, TryLater
from novation.engine.db_retry import run_in_db_thread
from novation.engine.translate import who_acts, written
from novation.engine.work import CallOutcome
from novation.moves.services import webhooks as record
from novation.partnercenter import PartnerCenter, errors
from novation.partnercenter.outcomes import Call
from novation.partnercenter.webhooks import Registration

#: What we look at sooner because of it. Which names Microsoft offers is asked for each time: the lists of its pages
#: differ (page partner-center-webhook-events; transfer events are to be confirmed with GET /registration/events).
WANTED = (
    "reseller-relationship-accepted-by-customer",
    "indirect-reseller-relationship-accepted-by-customer",
    "granular-admin-",
    "dap-admin-relationship-",
    "subscription-updated",
    "test-created",
)
_OF_TRANSFERS = "-transfer"


@dataclass(frozen=True, slots=True)
class Registered:
    """What is registered now. `before` is the address that was replaced; `changed` is False when all was so already."""

    url: str
    events: tuple[str, ...]
    before: str = ""
    changed: bool = True


def chosen(offered: Sequence[str]) -> tuple[str, ...]:
    """The events that are of use to us, out of those that can be registered."""
    return tuple(sorted(name for name in offered if name.startswith(WANTED) or name.endswith(_OF_TRANSFERS)))


async def register(account: PartnerCenter, role: str, url: str, *, replace: bool, clock: Clock) -> Registered:
    """Registers `url` for the events that are of use to us; what is so already is left alone.

    The intent is on record before the call, and a call whose outcome is unknown is looked up, not repeated.

    Args:
        account: open client of the account.
        role: `source` or `target`.
        url: our page, reachable for Microsoft.
        replace: take the place of another address.
        clock: of the programme.

    Raises:
        NeedsOperator: another address is registered and must not be replaced, or Microsoft refuses.
        TryLater: Microsoft does not answer, or it could not be seen what became of the call.
    """
    try:
        wanted = chosen(await account.webhooks.events())
        present = await _present(account)
    except errors.PartnerCenterError as error:
        raise who_acts(error) from error
    if not wanted:
        raise NeedsOperator(f"Microsoft offers the {role} account no event that is of use here.")
    if present is not None and _is(present, url, wanted):
        return Registered(url, wanted, changed=False)
    before = (present and present.webhook_url) or ""
    if before and before != url and not replace:
        raise NeedsOperator(
            f"The {role} account reports to {before} already, and to one address only. "
            "Let that one pass the events on, or run this again with --replace."
        )
    if present is not None and before == url:
        wanted = tuple(sorted({*wanted, *(present.webhook_events or ())}))  # what somebody added stays
    call = Call()
    name = str(call.request_id)
    await run_in_db_thread(
        lambda: record.intended(role, url, wanted, before=before, request_id=name, now=clock.now())
    )
    write = account.webhooks.register if present is None else account.webhooks.update
    result = written(await write(url, wanted, call=call))
    came, failed = result.outcome, result.error
    if came is CallOutcome.UNKNOWN:
        came, failed = await _looked_up(account, url, wanted)
    await run_in_db_thread(lambda: record.came(role, name, came, now=clock.now()))
    if failed is not None:
        raise failed
    return Registered(url, wanted, before=before)


async def _looked_up(
    account: PartnerCenter, url: str, wanted: Sequence[str]
) -> tuple[CallOutcome, MoveError | None]:
    unknown = TryLater("Nobody knows what became of the registration: run this again.", timedelta(minutes=5))
    try:
        present = await _present(account)
    except errors.PartnerCenterError:
        return CallOutcome.UNKNOWN, unknown
    if present is not None and _is(present, url, wanted):
        return CallOutcome.DONE, None
    return CallOutcome.UNKNOWN, unknown


async def _present(account: PartnerCenter) -> Registration | None:
    try:
        return await account.webhooks.registration()
    except errors.NotFound:
        return None


def _is(present: Registration, url: str, wanted: Sequence[str]) -> bool:
    return present.webhook_url == url and set(wanted) <= set(present.webhook_events or ())

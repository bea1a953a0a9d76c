"""Short titles of what the readiness check finds, for counts, filters and reports."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from novation.domain.readiness import Level

TITLES: dict[str, Promise] = {
    "region": _("Outside the region of the new account"),
    "country-unknown": _("Country not known"),
    "contact-missing": _("No e-mail address"),
    "contact-malformed": _("Unusable e-mail address"),
    "contact-ours": _("Only an address of our own"),
    "contact-bounced": _("Mail came back"),
    "contact-role": _("Address of an office, not a person"),
    "contact-shared": _("Address shared with other customers"),
    "no-delegated-admin": _("No delegated admin rights left"),
    "agreement-missing": _("No customer agreement on record"),
    "agreement-old": _("Agreement older than April 2023"),
    "foreign-transfer": _("Another partner asks for the subscriptions"),
    "trial": _("Trials"),
    "suspended": _("Suspended subscriptions"),
    "legacy": _("Bought before New Commerce"),
    "perpetual": _("Software bought once"),
    "stays": _("Subscriptions that do not move"),
    "pending-change": _("Open orders"),
    "scheduled-change": _("Changes scheduled for the renewal"),
    "reseller": _("Sold through an indirect reseller"),
    "renewal-near": _("Renewal within the guard window"),
    "term-ends": _("Term ends soon without a renewal"),
    "add-ons": _("Add-ons that go together"),
    "many-items": _("More than one transfer request"),
    "azure-plan": _("Azure plan"),
    "reservation": _("Azure reservations and savings plans"),
}

LEVELS: dict[Level, Promise] = {
    Level.BLOCKER: _("Blocker"),
    Level.WARNING: _("Warning"),
    Level.NOTE: _("Note"),
}


def title(code: str) -> str:
    """The title of a code; one that this release does not know is shown as it is."""
    return str(TITLES.get(code, code))


def level_word(level: str) -> str:
    """The word for a level."""
    return str(LEVELS[Level(level)]) if level in set(Level) else level

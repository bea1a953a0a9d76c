"""Days and times as people write them, in the language of the reader and the time zone of the programme."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone, translation
from django.utils.formats import date_format

#: The month in words, so that nobody takes it for the day.
_DAYS = {"en": "j F Y", "de": "j. F Y", "fr": "j F Y", "es": r"j \d\e F \d\e Y", "cs": "j. E Y"}


def day(moment: datetime | date | None) -> str:
    """A day in the active language, for example `19 February 2027`; empty for None."""
    if moment is None:
        return ""
    local = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    return date_format(local, _DAYS.get((translation.get_language() or "en")[:2], "j F Y"))


def minute(moment: datetime | None) -> str:
    """A day with its time and zone, for example `20 November 2026, 10:20 CET`; empty for None."""
    return f"{day(moment)}, {date_format(timezone.localtime(moment), 'H:i T')}" if moment else ""


def hour(moment: datetime | None) -> str:
    """The time of day, for example `10:20`; empty for None."""
    return date_format(timezone.localtime(moment), "H:i") if moment else ""

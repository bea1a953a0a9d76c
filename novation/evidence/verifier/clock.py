"""The one place where the verifier looks at a clock: whether certificates have expired by now."""

from __future__ import annotations

import datetime


def utc_now() -> datetime.datetime:
    """Now, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc)

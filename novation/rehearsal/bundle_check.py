"""Verifies a bundle as it lies on disk. Knows no database, so that another process can do it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from novation.evidence.verify import PASS, Pins, Report, verify


def verify_file(path: Path, now: datetime, pins: Pins) -> tuple[str, bool]:
    """What is wrong with one bundle (empty: nothing), and whether its time is confirmed by the time services.

    Args:
        path: of the bundle.
        now: programme time.
        pins: the keys and services that are trusted.
    """
    report = verify(path.read_bytes(), at=now, pins=pins)
    stamped = any(one.name == "time stamps" and one.verdict == PASS for one in report.checks)
    return first_failure(report), stamped


def first_failure(report: Report) -> str:
    """What is wrong with a bundle, or could not be decided; empty when every check passes."""
    return next((f"{one.name}: {one.reason}" for one in report.checks if one.verdict != PASS), "")

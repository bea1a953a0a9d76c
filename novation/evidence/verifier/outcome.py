"""The answer of a verification: one line per check."""

from __future__ import annotations

from dataclasses import dataclass

PASS = "PASS"  # noqa: S105 - a verdict, not a password
FAIL = "FAIL"
UNKNOWN = "UNKNOWN"


class CheckFailed(Exception):
    """The check found something wrong; the message says what."""


class CheckUndecided(Exception):
    """The check can neither be passed nor failed; the message says what is missing."""


@dataclass(frozen=True)
class Check:
    """One check: its name, PASS, FAIL or UNKNOWN, and the reason in a sentence."""

    name: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Report:
    """All checks of one bundle, in the order in which they were made."""

    reference: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> str:
        """FAIL if any check failed, else UNKNOWN if any is unknown, else PASS."""
        verdicts = {check.verdict for check in self.checks}
        return FAIL if FAIL in verdicts else UNKNOWN if UNKNOWN in verdicts else PASS

    @property
    def exit_code(self) -> int:
        """0 for PASS, 1 for FAIL, 2 for UNKNOWN."""
        return {PASS: 0, FAIL: 1, UNKNOWN: 2}[self.verdict]

    def as_json(self) -> dict[str, object]:
        """The report as plain values for `--json`."""
        return {
            "checks": [{"name": c.name, "reason": c.reason, "verdict": c.verdict} for c in self.checks],
            "exit_code": self.exit_code,
            "reference": self.reference,
            "verdict": self.verdict,
        }

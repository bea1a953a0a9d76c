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
class VouchedEvent:
    """Since when others than the issuer vouch for an event: the first stamp of a checkpoint that holds it.

    `since` is None while no such checkpoint is stamped; `by` names the time services.
    """

    seq: int
    tag: str
    at: str
    since: str | None
    by: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """All checks of one bundle, in the order in which they were made.

    `format` is that of the bundle, 0 when it could not be read. `vouched` has one line for each event, and none
    when the stamps could not be read.
    """

    reference: str
    checks: tuple[Check, ...]
    format: int = 0
    vouched: tuple[VouchedEvent, ...] = ()

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
            "format": self.format,
            "reference": self.reference,
            "verdict": self.verdict,
            "vouched_since": [
                {"at": one.at, "by": list(one.by), "seq": one.seq, "since": one.since, "tag": one.tag}
                for one in self.vouched
            ],
        }

"""The verification as a whole, and its command line."""

from __future__ import annotations

import argparse
import datetime
import json
import pathlib
import sys
from typing import Callable

from novation.evidence.verifier.attribution_checks import (
    authenticator_keys,
    check_authenticators,
    check_contact_origins,
)
from novation.evidence.verifier.clock import utc_now
from novation.evidence.verifier.content_checks import (
    check_container,
    check_description,
    check_manifest,
    check_names,
)
from novation.evidence.verifier.event_checks import (
    check_clock,
    check_documents,
    check_events,
    check_inclusion,
    check_personal,
    check_sequence,
)
from novation.evidence.verifier.examination import Examination, Pins, Tools
from novation.evidence.verifier.forms import expect_text, parse_time
from novation.evidence.verifier.key_checks import (
    check_checkpoints,
    check_growth,
    check_keys,
    check_known_key,
    check_manifest_signature,
)
from novation.evidence.verifier.openssl import OpenSSL
from novation.evidence.verifier.outcome import FAIL, PASS, UNKNOWN, Check, CheckFailed, CheckUndecided, Report
from novation.evidence.verifier.time_checks import check_certificate, check_timestamps, check_vouched_since
from novation.evidence.verifier.witness_checks import check_witness

CHECKS: tuple[tuple[str, Callable[[Examination], str]], ...] = (
    ("container", check_container),
    ("file names", check_names),
    ("manifest", check_manifest),
    ("description", check_description),
    ("log keys", check_keys),
    ("manifest signature", check_manifest_signature),
    ("checkpoints", check_checkpoints),
    ("log only grew", check_growth),
    ("events", check_events),
    ("events in the log", check_inclusion),
    ("nothing left out", check_sequence),
    ("times", check_clock),
    ("personal values", check_personal),
    ("documents", check_documents),
    ("contact origin", check_contact_origins),
    ("authenticators", check_authenticators),
    ("certificate", check_certificate),
    ("time stamps", check_timestamps),
    ("vouched since", check_vouched_since),
    ("log key known", check_known_key),
)
# What format 1 has no room for is not asked of it.
SINCE_FORMAT_2 = {"contact origin", "authenticators"}


def run_checks(
    data: bytes,
    *,
    at: datetime.datetime | None,
    pins: Pins,
    witnesses: tuple[bytes, ...],
    tools: Tools,
) -> Report:
    """Make every check on the bytes of a bundle. Never raises, whatever the bytes are."""
    exam = Examination(data, pins, at, tools)
    checks = []
    for name, check in CHECKS:
        if exam.format != 1 or name not in SINCE_FORMAT_2:
            checks.append(_run_check(name, check, exam))
    for number, witness in enumerate(witnesses, 1):
        exam.witness = witness
        checks.append(_run_check(f"witness {number}", check_witness, exam))
    reference = str(exam.description.get("reference", ""))
    return Report(reference, tuple(checks), exam.format, exam.vouched)


def _run_check(name: str, check: Callable[[Examination], str], exam: Examination) -> Check:
    try:
        return Check(name, PASS, check(exam))
    except CheckUndecided as doubt:
        return Check(name, UNKNOWN, str(doubt))
    except CheckFailed as refusal:
        return Check(name, FAIL, str(refusal))
    except Exception as error:  # a forged file must never get past by breaking the verifier
        return Check(name, FAIL, f"The check broke on malformed content ({type(error).__name__}).")


def read_pins(content: str) -> Pins:
    """Pins from a text with lines `log <vkey>`, `tsa <sha256>`, `seal <sha256>`, `auth <algorithm> <id> <key>`.

    Other lines raise ValueError.
    """
    found: dict[str, list[str]] = {"log": [], "tsa": [], "seal": [], "auth": []}
    for line in content.splitlines():
        if line.strip() and not line.startswith("#"):
            kind, _, value = line.strip().partition(" ")
            if kind not in found or not value:
                raise ValueError(f"A line of pins begins with log, tsa, seal or auth, not {kind[:40]!r}")
            found[kind].append(value.strip())
    pins = Pins(tuple(found["log"]), tuple(found["tsa"]), tuple(found["seal"]), tuple(found["auth"]))
    authenticator_keys(pins)
    return pins


def main(arguments: list[str] | None = None) -> int:
    """Verify one bundle and print the result; returns the exit code."""
    parser = argparse.ArgumentParser(
        description="Checks an evidence bundle, without a network. Exit code: 0 all checks passed, "
        "1 something is wrong, 2 something could not be decided."
    )
    parser.add_argument("bundle", help="evidence-….zip")
    parser.add_argument("--pins", help="file with what you know from elsewhere: log, tsa, seal, auth")
    parser.add_argument("--key", action="append", default=[], help="the log key you know, as in your mails")
    parser.add_argument("--witness", action="append", default=[], help="receipt mail, note or older bundle")
    parser.add_argument("--at", help="judge as of this time, such as 2031-01-01 (default: now)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    given = parser.parse_args(arguments)
    try:
        pins = read_pins(_read(given.pins).decode("utf-8")) if given.pins else Pins()
        at = _as_of(given.at)
        data = _read(given.bundle)
        witnesses = tuple(_read(path) for path in given.witness)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    pins = Pins(pins.log + tuple(given.key), pins.tsa, pins.seal, pins.auth)
    report = run_checks(data, at=at, pins=pins, witnesses=witnesses, tools=OpenSSL())
    print(json.dumps(report.as_json(), indent=2, ensure_ascii=False) if given.json else as_text(report))
    return report.exit_code


def as_text(report: Report) -> str:
    """The report for a reader: one line per check, then the verdict."""
    width = max(len(check.name) for check in report.checks)
    lines = [f"{check.verdict:7}  {check.name:{width}}  {check.reason}" for check in report.checks]
    closing = {
        PASS: "PASS: every check passed.",
        FAIL: "FAIL: this bundle must not be relied on; see the lines that begin with FAIL.",
        UNKNOWN: "UNKNOWN: nothing is wrong, but not everything could be decided; see the UNKNOWN lines.",
    }
    return "\n".join([*lines, "", closing[report.verdict]])


def _read(path: str) -> bytes:
    return pathlib.Path(path).read_bytes()


def _as_of(given: str | None) -> datetime.datetime:
    if given is None:
        return utc_now()
    try:
        return parse_time(expect_text(given) if "T" in given else given + "T00:00:00.000000Z")
    except CheckFailed as error:
        raise ValueError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())

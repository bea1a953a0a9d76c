"""Bundles of earlier formats, kept as they were written: the present verifier comes to the same verdicts."""

import io
import json
import lzma
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from novation.evidence.verifier.forms import parse_time
from novation.evidence.verify import OpenSSL, Pins, Report, verify

SAMPLES = Path(__file__).parent / "samples"


@cache
def samples() -> dict[str, bytes]:
    packed = io.BytesIO(lzma.decompress((SAMPLES / "v1" / "bundles.tar.xz").read_bytes()))
    with tarfile.open(fileobj=packed) as archive:
        files = {member.name: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in files.items() if file is not None}


INDEX: dict[str, dict[str, Any]] = json.loads(samples()["index.json"])

#: What the present verifier says of bundles that the one of their time was content with.
SINCE = {"rewritten-history": "UNKNOWN"}


def judged(name: str, tools: OpenSSL | None = None) -> Report:
    known = INDEX[name]
    return verify(
        samples()[name + ".zip"],
        at=parse_time(known["at"]) if known["at"] else None,
        pins=Pins(**{kind: tuple(values) for kind, values in known["pins"].items()}),
        witnesses=[samples()[known["witness"]]] if known["witness"] else [],
        tools=tools,
    )


@pytest.mark.parametrize("name", INDEX)
def test_format_1_is_judged_as_it_was(name: str) -> None:
    report = judged(name)
    verdicts = {check.name: check.verdict for check in report.checks}
    vouched = verdicts.pop("vouched since")
    assert verdicts == INDEX[name]["checks"]
    assert vouched in ("PASS", "UNKNOWN")
    assert (report.format, report.verdict) == (1, SINCE.get(name, INDEX[name]["verdict"])), report.checks


def test_what_the_log_owner_wrote_anew_is_vouched_for_only_since_then() -> None:
    """The verifier of format 1 said PASS: nothing compared an event with the first stamp that covers it."""
    reasons = {
        check.name: check.reason for check in judged("rewritten-history").checks if check.verdict != "PASS"
    }
    assert reasons == {
        "vouched since": "Event 6 (decision:mandate) claims 2026-11-16 12:44 UTC; it is vouched for only since "
        "2026-12-02 19:25 UTC."
    }


def test_the_openssl_command_agrees_on_format_1() -> None:
    for name in INDEX:
        assert judged(name, OpenSSL()).verdict == SINCE.get(name, INDEX[name]["verdict"]), name

"""Judges a bundle as this installation can: with its own keys, and with the checkpoints that it really signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from novation.evidence.errors import BadNote
from novation.evidence.note import Checkpoint as Signed
from novation.evidence.verifier.archive import unpack
from novation.evidence.verifier.outcome import CheckFailed
from novation.evidence.verify import FAIL, PASS, Check, Report, verify
from novation.evidencelog.models import Checkpoint
from novation.evidencelog.trust_anchors import own_pins


def judge(data: bytes, *, at: datetime, witnesses: Sequence[bytes] = ()) -> Report:
    """Every check that a stranger makes, and one more: is each checkpoint one that we have on record?

    The last one finds what was signed with a stolen key, even an old one. Never raises, whatever the bytes are.

    Args:
        data: of the bundle.
        at: programme time, as of which ended certificates matter.
        witnesses: receipt mails, checkpoints or older bundles to compare with.
    """
    report = verify(data, at=at, pins=own_pins(), witnesses=witnesses)
    return replace(report, checks=(*report.checks, _own(data)))


def _own(data: bytes) -> Check:
    name = "our own record"
    try:
        files = unpack(data)
        notes = [
            files[one] for one in sorted(files) if one.startswith("checkpoints/") and one.endswith(".note")
        ]
        sizes = {Signed.unchecked(note).size: note for note in notes}
    except (CheckFailed, BadNote):
        return Check(name, FAIL, "The file cannot be read, so nothing can be compared.")
    ours = dict(Checkpoint.objects.filter(size__in=list(sizes)).values_list("size", "note"))
    strange = [size for size, note in sizes.items() if bytes(ours.get(size, b"")) != note]
    if strange or not sizes:
        return Check(
            name,
            FAIL,
            f"This installation has no record of the checkpoint over {strange[0] if strange else 0:,} entries: it "
            "was signed by somebody else, or before the database was restored from an older copy.",
        )
    return Check(name, PASS, f"This installation signed all {len(sizes)} checkpoints itself.")

"""Checks of the container: the ZIP, the names of its files, the manifest and the description."""

from __future__ import annotations

import hashlib
import re

from novation.evidence.verifier.archive import unpack
from novation.evidence.verifier.entry_forms import REFERENCE_FORM
from novation.evidence.verifier.examination import Examination
from novation.evidence.verifier.forms import expect_sha256, expect_text, expect_whole, parse_time, read_json
from novation.evidence.verifier.outcome import CheckFailed

MANIFEST = "MANIFEST.sha256"
MANIFEST_SIGNATURE = "MANIFEST.sig"
REQUIRED = {"README.txt", "bundle.json", MANIFEST, MANIFEST_SIGNATURE, "verify.py", "verify.sh"}
DOCUMENT_FOLDERS = ("items", "mail", "remote", "shown")
NUMBER = r"(?:[0-9]{9}|[1-9][0-9]{9,14})"
KNOWN_NAMES = re.compile(
    rf"certificate\.pdf|events/{NUMBER}\.(?:json|tlog-proof)|personal/{NUMBER}\.json"
    rf"|checkpoints/{NUMBER}(?:\.note|-{NUMBER}\.consistency|\.[a-z0-9-]+(?:\.renewal-[1-9])?\.tsr)"
    rf"|(?:{'|'.join(DOCUMENT_FOLDERS)})/{NUMBER}-[0-9a-f]{{16}}\.[a-z0-9]{{1,8}}"
    r"|keys/(?:log-[1-9][0-9]{0,3}\.(?:vkey|pem)|handover-[1-9][0-9]{0,3}\.note|tsa-[a-z0-9-]+\.pem|seal\.pem)"
)
FORMATS = (1, 2)
DESCRIPTION_KEYS = {"events", "head", "issued", "issuer", "language", "origin", "reference", "size", "v"}


def check_container(exam: Examination) -> str:
    """The ZIP is the one deterministic form of its files."""
    exam.files = unpack(exam.data)
    return f"The ZIP holds {len(exam.files)} files and is the one form that they give."


def check_names(exam: Examination) -> str:
    """Every file has a known name and place, and the required ones are there."""
    exam.need("files")
    missing = sorted(REQUIRED - set(exam.files))
    if missing:
        raise CheckFailed(f"The bundle lacks {', '.join(missing)}.")
    strange = sorted(n for n in exam.files if n not in REQUIRED and not KNOWN_NAMES.fullmatch(n))
    if strange:
        raise CheckFailed(f"The bundle holds files that do not belong into it: {', '.join(strange)[:300]}.")
    return "Every file has a known name and place."


def check_manifest(exam: Examination) -> str:
    """The manifest lists every other file with its SHA-256, in order."""
    exam.need("files")
    listed = [name for name in sorted(exam.files) if name not in (MANIFEST, MANIFEST_SIGNATURE)]
    found = exam.files.get(MANIFEST, b"").decode("ascii", "replace")
    wanted = {name: f"{hashlib.sha256(exam.files[name]).hexdigest()}  {name}\n" for name in listed}
    if found == "".join(wanted.values()):
        return f"The manifest lists all {len(listed)} other files with their SHA-256."
    lines = found.splitlines(keepends=True)
    given = set(lines)  # an unkind file may have very many
    changed = [name for name in listed if wanted[name] not in given]
    gone = [line[66:].strip() for line in lines if line[66:].strip() not in wanted]
    if changed:
        raise CheckFailed(f"Changed, or added after the manifest was made: {', '.join(changed)[:300]}.")
    if gone:
        raise CheckFailed(f"The manifest lists files that are missing: {', '.join(gone)[:300]}.")
    raise CheckFailed("The manifest is not in its one form.")


def check_description(exam: Examination) -> str:
    """`bundle.json` says whose bundle this is, when and from which state of the log it was made."""
    exam.need("files")
    try:
        says = read_json(exam.files["bundle.json"], DESCRIPTION_KEYS)
        for name in ("issuer", "language", "origin", "reference"):
            expect_text(says[name])
        parse_time(says["issued"])
        expect_whole(says["events"], 1)
        expect_whole(says["size"], 1)
        expect_sha256(says["head"])
    except (CheckFailed, KeyError) as error:
        raise CheckFailed(f"bundle.json {error}.") from None
    if says["v"] not in FORMATS or isinstance(says["v"], bool):
        raise CheckFailed(f"bundle.json has format {says['v']!r}; this verifier knows formats 1 and 2.")
    if says["v"] == 2 and not REFERENCE_FORM.fullmatch(expect_text(says["reference"])):
        raise CheckFailed("bundle.json has a malformed reference.")
    exam.description = says
    return f"Evidence {says['reference']}, issued by {says['issuer']} at {says['issued']}."

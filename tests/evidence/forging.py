"""What a forger with the log key does: change files, then make manifest, signature and ZIP again."""

import hashlib

from novation.evidence.note import LogKey
from novation.evidence.verifier.archive import pack
from novation.evidence.verifier.content_checks import MANIFEST, MANIFEST_SIGNATURE


def sealed_again(files: dict[str, bytes], key: LogKey) -> bytes:
    """The files with a fresh manifest, signed by this key, as a correct ZIP."""
    inner = {name: data for name, data in files.items() if name not in (MANIFEST, MANIFEST_SIGNATURE)}
    lines = [f"{hashlib.sha256(inner[name]).hexdigest()}  {name}\n" for name in sorted(inner)]
    manifest = "".join(lines).encode()
    return pack({**inner, MANIFEST: manifest, MANIFEST_SIGNATURE: key.sign(manifest)})

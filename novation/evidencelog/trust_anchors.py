"""What this installation itself trusts when it judges a bundle. Light to import: pages use it too."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from novation.evidence.verifier.certificates import pin_fingerprints, read_chain
from novation.evidence.verify import Pins
from novation.evidencelog.services import log_keys, timestamps


def own_pins() -> Pins:
    """Our log keys, every time service that was ever pinned, and our seal if there is one."""
    services = [
        anchor for chain in timestamps.pinned_chains().values() for anchor in sorted(pin_fingerprints(chain))
    ]
    sealed = tuple(sorted(pin_fingerprints(seal_chain()))) if _seal_file().exists() else ()
    return Pins(log=tuple(log_keys.log_vkeys()), tsa=tuple(services), seal=sealed)


def published() -> str:
    """The same as the file that readers give to `verify.py --pins`."""
    pins = own_pins()
    named = (("log", pins.log), ("tsa", pins.tsa), ("seal", pins.seal))
    return "".join(f"{kind} {value}\n" for kind, values in named for value in values)


def seal_chain() -> list[bytes]:
    """The certificates (DER) of the company's seal: signer, issuers, root."""
    return read_chain(_seal_file().read_bytes())


def _seal_file() -> Path:
    return Path(settings.NOVATION_HOME) / "keys" / "seal.pem"

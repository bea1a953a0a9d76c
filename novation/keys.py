"""Keys of this installation: one file, made at the first start, from which every purpose has its own key."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from novation.domain.errors import BadInput


def root_secret(home: Path, given: str) -> bytes:
    """The installation's root secret.

    Args:
        home: where `keys/root` lives or is made (mode 0600 in a folder of mode 0700).
        given: the secret from the environment, which wins when it is not empty.

    Raises:
        BadInput: the given secret is too short to protect anything, or the file cannot be read or made.
    """
    if given:
        if len(given) < 32:
            raise BadInput("NOVATION_SECRET_KEY is shorter than 32 characters.", remedy="Use a random one.")
        return given.encode()
    return kept(home / "keys" / "root", lambda: base64.urlsafe_b64encode(secrets.token_bytes(48)))


def log_seed(home: Path, number: int = 1, *, new: bool = False) -> bytes:
    """The 32-byte seed of a key that signs the evidence log; it lives outside the database.

    Args:
        home: of the installation; the files are `keys/log`, `keys/log-2`, `keys/log-3` …
        number: 1 for the first key, which is made at its first use.
        new: make a later one too when it is missing.

    Raises:
        BadInput: the file of a later key is missing: another one could not sign in its place.
    """
    path = home / "keys" / ("log" if number == 1 else f"log-{number}")
    if number > 1 and not new and not path.exists():
        raise BadInput(f"The key file {path} is missing.", remedy="Put it back from your backup of the keys.")
    return kept(path, lambda: secrets.token_bytes(32))


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a key file, made at the first use.

    Raises:
        BadInput: the file cannot be read or made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(make())
            # A link never replaces: of two processes that start together one makes it, both read it.
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"The key file {path} cannot be used: {error.strerror}.",
            remedy="Choose a folder that can be written with --home or NOVATION_HOME.",
        ) from error


def derive(root: bytes, purpose: str) -> bytes:
    """The 32-byte key of one purpose; knowing it says nothing about the others (HKDF-SHA256)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"novation/" + purpose.encode()).derive(root)

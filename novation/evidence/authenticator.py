"""The authenticator of an entry: somebody beside the log vouches for it, with a key that the database does not hold.

It covers the whole entry with its position, number and chain head, so it cannot be moved to another place. It stands
in the entry as `auth` and is part of the leaf, so it cannot be exchanged later either.
"""

from typing import Protocol

from novation.evidence.errors import BadEntry
from novation.evidence.verifier.entry_forms import AUTH_PREFIX, read_auth
from novation.evidence.verifier.outcome import CheckFailed


class Authenticator(Protocol):
    """A key in memory, or a process or device that keeps it."""

    @property
    def algorithm(self) -> str:
        """`ed25519` (anyone can check it, with the public key) or `hmac-sha256` (whoever has the secret)."""
        ...

    @property
    def key_id(self) -> str:
        """Which key it is: letters, digits, dots and dashes, such as `web-2026`."""
        ...

    def authenticate(self, message: bytes) -> bytes:
        """The signature or code over the message."""
        ...


def make_auth(body: bytes, authenticator: Authenticator) -> dict[str, str]:
    """The `auth` object of an entry whose canonical bytes without it are `body`.

    Raises BadEntry when key or value have another form than they must.
    """
    auth = {
        "alg": authenticator.algorithm,
        "key_id": authenticator.key_id,
        "value": authenticator.authenticate(AUTH_PREFIX + body).hex(),
    }
    try:
        read_auth(auth)
    except CheckFailed as error:
        raise BadEntry(f"The entry {error}") from error
    return auth

"""Keys of authenticators, as the product will have them."""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class Key:
    """A key whose secret follows from its name."""

    algorithm: str
    key_id: str

    @property
    def secret(self) -> bytes:
        return hashlib.sha256(self.key_id.encode()).digest()

    @property
    def pin(self) -> str:
        """What a reader who can check it knows; for a code that is the secret itself."""
        signing = Ed25519PrivateKey.from_private_bytes(self.secret)
        known = signing.public_key().public_bytes_raw() if self.algorithm == "ed25519" else self.secret
        return f"{self.algorithm} {self.key_id} {known.hex()}"

    def authenticate(self, message: bytes) -> bytes:
        if self.algorithm == "ed25519":
            return Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)
        return hmac.new(self.secret, message, hashlib.sha256).digest()

"""The chain of one subject's entries, so that nobody can drop one of them from a bundle."""

import hashlib

EMPTY_HEAD = bytes(32)  # the head of a subject that has no entry yet


def extend_chain(previous_head: bytes, leaf: bytes) -> bytes:
    """The head after one more entry: SHA-256(0x02 || previous head || leaf). 32 bytes each, else ValueError.

    The first byte keeps chain heads apart from tree leaves (0x00) and nodes (0x01).
    """
    if len(previous_head) != 32 or len(leaf) != 32:
        raise ValueError("A chain head and a leaf have 32 bytes each")
    return hashlib.sha256(b"\x02" + previous_head + leaf).digest()

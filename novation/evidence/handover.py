"""Replacing the log key: the old key names the new one, and both sign it."""

from datetime import datetime

from novation.evidence.canonical import utc_text
from novation.evidence.errors import BadNote
from novation.evidence.note import Signer, sign_note
from novation.evidence.verifier.key_checks import HANDOVER


def make_handover(old: Signer, new: Signer, *, size: int, at: datetime) -> bytes:
    """The signed note by which `new` follows `old` in the log of the same name.

    size: entries in the log at the hand-over. The old key signs no checkpoint of more entries or after `at`,
    the new key none of fewer or before. Raises BadNote when the keys bear different names or are the same.
    """
    if old.public.name != new.public.name or old.public == new.public:
        raise BadNote("A key hands over to another key of the same log")
    text = f"{HANDOVER}\n{old.public.name}\n{old.public.vkey}\n{new.public.vkey}\n{size}\nat {utc_text(at)}\n"
    return sign_note(text, old, new)

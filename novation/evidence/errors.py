"""What the evidence package refuses, and why."""


class EvidenceError(ValueError):
    """Something cannot become evidence, or is not what it claims to be; the message says what is wrong."""


class BadEntry(EvidenceError):
    """An event has a value that the log cannot hold."""


class BadNote(EvidenceError):
    """A signed note, checkpoint or proof is malformed or not signed by the expected key."""


class BadBundle(EvidenceError):
    """The material for a bundle is incomplete or contradicts itself."""


class BadTimestamp(EvidenceError):
    """A time-stamp answer does not prove what was asked."""

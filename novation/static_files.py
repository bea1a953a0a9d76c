"""Addresses of style sheets and scripts that change with their content, so that a browser may keep them for good."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class ContentAddressedFiles(StaticFilesStorage):
    """Puts the hash of a file's content behind its address: `/static/novation/tokens.css?v=1f0c6e3b9a2d`.

    Files are served from the packages, where they lie; Django's manifest would ask for a folder to collect
    them into, and for a step that can be forgotten.
    """

    def url(self, name: str | None) -> str:
        """The address of a file; one that is not found keeps its plain address, as Django would give it."""
        plain = super().url(name)
        digest = content_hash(name) if name else ""
        return f"{plain}?v={digest}" if digest else plain


@lru_cache(maxsize=512)
def content_hash(name: str) -> str:
    """Twelve hex digits of the SHA-256 of a static file; empty when there is none. Read once in each process."""
    found = finders.find(name)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12] if isinstance(found, str) else ""

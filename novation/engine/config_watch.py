"""At the start of an engine: have the settings or the texts changed since the last one ran? Then it is an event."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings

from novation.evidence.tags import Tag
from novation.evidencelog.services import config_audit
from novation.notices import texts

#: Settings that decide where we speak, how fast, and who may trust what. Secrets are not among them.
WATCHED = (
    "NOVATION_API_URL",
    "NOVATION_LOGIN_URL",
    "NOVATION_GRAPH_URL",
    "NOVATION_ADMIN_URL",
    "NOVATION_COMPONENT_ORIGIN",
    "NOVATION_PUBLIC_URL",
    "NOVATION_API_RATE",
    "NOVATION_API_CONCURRENCY",
    "NOVATION_API_TIMEOUT",
    "NOVATION_MAIL_RATE",
    "NOVATION_COMPANY",
    "NOVATION_TIME_SERVICES",
    "NOVATION_CHECKPOINT_EVERY",
    "NOVATION_LOG_ORIGIN",
    "NOVATION_CHECKPOINT_ARCHIVE_DIR",
    "ALLOWED_HOSTS",
    "DEBUG",
    "EMAIL_BACKEND",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "TIME_ZONE",
)


def note(*, now: datetime) -> None:
    """Compares settings and texts with what the log knows of them."""
    values = {name: str(getattr(settings, name)) for name in WATCHED}
    # An address may be a person's: the log says only that it is another one.
    values["NOVATION_CHECKPOINT_MAIL"] = hashlib.sha256(
        settings.NOVATION_CHECKPOINT_MAIL.encode()
    ).hexdigest()[:16]
    config_audit.note(Tag.SETTING_CHANGED, "environment", values, now=now)
    config_audit.note(Tag.TEXT_CHANGED, "mails", {"version": texts.VERSION}, now=now)

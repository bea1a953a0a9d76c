"""Seals and opens secrets (AES-256-GCM). Only the engine and `novation connect` open them."""

from __future__ import annotations

import json
import os
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from novation.customers.models.secret import Secret
from novation.domain.errors import NeedsOperator
from novation.evidence.tags import Tag
from novation.evidencelog.services import events


def _bound(name: str, version: int) -> bytes:
    # A ciphertext moved to another row, or an old one put back, must not open.
    return f"novation/secret/{name}/{version}".encode()


@transaction.atomic
def seal(name: str, values: dict[str, str], *, now: datetime, actor: str) -> None:
    """Keeps `values` under `name`, replacing what was there. The event names the secret, never its content."""
    row = Secret.objects.select_for_update().filter(name=name).first()
    version = row.version + 1 if row else 1
    nonce = os.urandom(12)
    plain = json.dumps(values, sort_keys=True).encode()
    sealed = AESGCM(settings.NOVATION_KEYS["vault"]).encrypt(nonce, plain, _bound(name, version))
    fields = {"nonce": nonce, "sealed": sealed, "version": version, "changed_at": now}
    Secret.objects.update_or_create(name=name, defaults=fields)
    if row is None or actor != "engine":
        # The engine's rotation of refresh tokens happens every hour and would drown the log.
        events.record(Tag.SETTING_CHANGED, at=now, actor=actor, data={"secret": name, "version": version})


@transaction.atomic
def destroy(name: str) -> None:
    """Forgets what is kept under `name`; nothing happens when there is nothing."""
    Secret.objects.filter(name=name).delete()


def unseal(name: str) -> dict[str, str]:
    """The values kept under `name`.

    Raises:
        NeedsOperator: there is none, or the installation's key does not open it.
    """
    row = Secret.objects.filter(name=name).first()
    if row is None:
        raise NeedsOperator(f"The {name} is not connected. Run `novation connect`.")
    try:
        plain = AESGCM(settings.NOVATION_KEYS["vault"]).decrypt(
            bytes(row.nonce), bytes(row.sealed), _bound(name, row.version)
        )
    except InvalidTag as error:
        raise NeedsOperator(
            f"The secret of the {name} does not open with this installation's key. Connect it again."
        ) from error
    return {key: str(value) for key, value in json.loads(plain).items()}

"""Brings the database up to date: every command does it before anything else.

A home that is up to date costs one query and a look at the names of the migrations on disk. Otherwise one
process migrates and the others wait for it.
"""

from __future__ import annotations

import argparse
import fcntl
import importlib.util
import os
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from novation.commands import outages
from novation.domain.errors import BadInput

#: A migration: its app and its name.
Name = tuple[str, str]
#: Whoever migrates a PostgreSQL database holds this advisory lock; the number stands for nothing.
LOCK = 6_682_863


def migrate(options: argparse.Namespace) -> int:
    """Says so; it was done before this began, as for every command."""
    print("The database is up to date.")
    return 0


def bring_up_to_date() -> None:
    """Applies the migrations that are missing.

    Raises:
        BadInput: the database holds migrations that this version does not know.
        DatabaseError: the database is away, or may not be written.
    """
    if _applied() == _on_disk():
        return
    with _alone():
        loader = MigrationLoader(connection)
        known = {
            *loader.disk_migrations,
            *(old for one in loader.disk_migrations.values() for old in one.replaces),
        }
        strange = sorted(set(_applied()) - known)
        if strange:
            more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
            raise BadInput(
                f"The database {outages.place()} was made by a newer version of Novation, or by one from before a "
                f"release: this one does not know its migration {'.'.join(strange[0])}{more}.",
                remedy="Use that version, or begin with an empty home.",
            )
        call_command("migrate", verbosity=0, interactive=False)


def _applied() -> set[Name]:
    return set(MigrationRecorder(connection).applied_migrations())


def _on_disk() -> set[Name]:
    """The migrations of the installed apps, by the names of their files: nothing is imported."""
    found: set[Name] = set()
    for app in apps.get_app_configs():
        module, _ = MigrationLoader.migrations_module(app.label)
        spec = importlib.util.find_spec(module) if module else None
        if spec is not None:
            names = (one.name for one in pkgutil.iter_modules(spec.submodule_search_locations))
            found.update((app.label, name) for name in names if name[0] not in "_~")
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """Lets one process migrate at a time; who comes second finds the work done."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        return
    handle = os.open(settings.NOVATION_HOME / "migrating", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

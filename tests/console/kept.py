"""The rows of a portfolio, kept after it was built once: to put them back takes a twentieth of the time.

Only for tests that run in a transaction; those that commit build their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection

from novation.moves.models import Move
from tests.console.portfolio import Portfolio

#: Written by Django itself when the database is made.
NOT_OURS = {"django_migrations", "django_content_type", "auth_permission"}


@dataclass(frozen=True)
class Kept:
    """A portfolio and every row that is there with it, by table."""

    portfolio: Portfolio
    tables: dict[str, Sequence[tuple[Any, ...]]]

    @classmethod
    def of(cls, built: Portfolio) -> Kept:
        """Reads what is in the database now."""
        tables = {}
        with connection.cursor() as cursor:
            for name in set(connection.introspection.table_names(cursor)) - NOT_OURS:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")  # noqa: S608  # the schema's name
                if rows := cursor.fetchall():
                    tables[name] = rows
        return cls(built, tables)

    def put_back(self) -> Portfolio:
        """Writes the rows, and reads the portfolio anew: a test may change what it is given."""
        with connection.cursor() as cursor:
            for name, rows in self.tables.items():
                table = connection.ops.quote_name(name)
                places = ", ".join(["%s"] * len(rows[0]))
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # the schema's name
                cursor.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608  # the same
            for statement in connection.ops.sequence_reset_sql(no_style(), list(apps.get_models())):
                cursor.execute(statement)
        return self._anew()

    def _anew(self) -> Portfolio:
        old = self.portfolio
        moves = Move.objects.select_related("programme", "customer", "wave").in_bulk()
        for person in old.people.values():
            person.refresh_from_db()
        old.programme.refresh_from_db()
        waves = {wave.pk: wave for wave in old.programme.waves.all()}
        return replace(
            old,
            waves=[waves[wave.pk] for wave in old.waves],
            moves=[moves[move.pk] for move in old.moves],
            by_kind={kind: moves[move.pk] for kind, move in old.by_kind.items()},
        )

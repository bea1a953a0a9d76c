"""The database backend `novation.postgresql` (Django looks for a module of this name in it)."""

from __future__ import annotations

from django.db.backends.postgresql import base

from novation.transactions import LateWrites


class DatabaseWrapper(LateWrites, base.DatabaseWrapper):
    """PostgreSQL, with rows that are written last."""

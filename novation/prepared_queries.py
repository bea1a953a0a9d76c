"""Queries that are composed once: Django composes each anew, which costs several times what it takes to run it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models, transaction
from django.db.models import query as django_query

M = TypeVar("M", bound=models.Model)
#: An id, a text, or ids for a list.
Value = int | str | Sequence[int]
#: Stand-ins while a query is composed. No query holds such a number or text by itself; every integer column takes it.
_FIRST_ID = 2_147_000_000
_TEXT = "\x1fvalue-%d\x1f"
#: Statements that one query keeps at most: one for each length of a list.
_SHAPES = 256


@dataclass(frozen=True, slots=True)
class _Composed:
    """The SQL, where in its parameters the values stand, and how its rows become objects."""

    sql: str
    parameters: tuple[Any, ...]
    places: dict[Any, int]
    model: type[models.Model]
    names: tuple[str, ...]
    columns: slice
    converters: tuple[tuple[int, tuple[Any, ...]], ...]
    related: tuple[Any, ...]


class Prepared(Generic[M]):
    """A query of whole rows (with `only`, `defer`, `select_related` and `select_for_update`, if wanted).

        _NEWEST = Prepared(lambda move: Grant.objects.filter(move_id=move).order_by("-id")[:1])
        grant = _NEWEST.first(move.pk)

    Args:
        compose: makes the queryset for values; each of them stands in it as it is, and nothing depends on it.
    """

    def __init__(self, compose: Callable[..., models.QuerySet[M]]) -> None:
        self._compose = compose
        self._composed: dict[Any, _Composed] = {}

    def __call__(self, *values: Value) -> list[M]:
        """The rows for these values: ids, texts, or lists of ids that are not empty."""
        connection = transaction.get_connection()
        shape = tuple(type(value) if isinstance(value, int | str) else len(value) for value in values)
        query = self._composed.get((connection.vendor, shape))
        if query is None:
            if len(self._composed) >= _SHAPES:
                self._composed.clear()  # lists of many lengths
            query = self._composed[connection.vendor, shape] = self._prepare(values)
        flat = [one for value in values for one in (value if not isinstance(value, int | str) else (value,))]
        parameters = [flat[query.places[one]] if one in query.places else one for one in query.parameters]
        with connection.cursor() as cursor:
            cursor.execute(query.sql, parameters)
            rows = cursor.fetchall()
        return [self._object(query, list(row), connection) for row in rows]

    def first(self, *values: Value) -> M | None:
        """The first row, or None."""
        rows = self(*values)
        return rows[0] if rows else None

    @staticmethod
    def _object(query: _Composed, row: list[Any], connection: Any) -> Any:
        for place, converters in query.converters:
            for convert, expression in converters:
                row[place] = convert(row[place], expression, connection)
        made = query.model.from_db(connection.alias, query.names, row[query.columns])
        for populator in query.related:
            populator.populate(row, made)
        return made

    def _prepare(self, values: Sequence[Value]) -> _Composed:
        places: dict[Any, int] = {}

        def stand_in(value: Value) -> Any:
            if not isinstance(value, int | str):
                return [stand_in(one) for one in value]
            marker = _TEXT % len(places) if isinstance(value, str) else _FIRST_ID + len(places)
            places[marker] = len(places)
            return marker

        rows = self._compose(*[stand_in(value) for value in values])
        compiler = rows.query.get_compiler(using=rows.db)
        sql, parameters = compiler.as_sql(with_col_aliases=False)
        if not set(places) <= set(parameters):
            raise RuntimeError("A value does not stand in the statement as it is.")
        select, info = compiler.select, compiler.klass_info
        start, end = info["select_fields"][0], info["select_fields"][-1] + 1
        converters = compiler.get_converters([one[0] for one in select])
        return _Composed(
            sql,
            tuple(parameters),
            places,
            info["model"],
            tuple(one[0].target.attname for one in select[start:end]),
            slice(start, end),
            tuple(
                (place, tuple((convert, expression) for convert in found))
                for place, (found, expression) in converters.items()
            ),
            tuple(django_query.get_related_populators(info, select, rows.db)),  # type: ignore[attr-defined]  # not in the stubs of Django
        )

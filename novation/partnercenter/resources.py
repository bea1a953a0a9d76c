"""What an answer becomes: typed, frozen, with everything that was not understood kept beside it.

Reading is lenient, because the other side is not strict: PascalCase answers (page
``remove-a-reseller-relationship-with-a-customer``), numbers in quotes, dates without a zone, words added
later. A value that can be read in only one way is read; one that cannot is left out and noted in
``oddities``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Any, ClassVar, Self, TypeVar

import msgspec
from msgspec import inspect as shapes
from msgspec.structs import force_setattr

from novation.partnercenter.errors import BadAnswer, FieldUnknown

_NOTHING: Any = object()
_LEFT_OUT = re.compile(r"(\$[^:]*): (?:expected|nothing where) ")
_DIGITS = re.compile(r"(?<=:\d\d)(\.\d{6})\d+")
_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?)?\s*(Z|[+-]\d\d:?\d\d)?$"
)


class Word(StrEnum):
    """A word from a list that may grow: an unknown one is kept as it is and compares equal to its text."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        for member in cls:
            if member.value.casefold() == value.casefold():
                return member
        new = str.__new__(cls, value)
        new._name_ = value
        new._value_ = value
        return new

    @property
    def known(self) -> bool:
        """Whether this word is in the list that we know."""
        return self._name_ in type(self).__members__


class Presence(Enum):
    """What an answer said about a member; only the first two may be compared, counted or written back."""

    PRESENT = "present"  # it has a value that could be read
    NULL = "null"  # the API says that there is none: null, an empty time, the year 1
    ABSENT = "absent"  # the answer does not name it
    UNREADABLE = "unreadable"  # the answer names it, with something that is no such value

    @property
    def is_known(self) -> bool:
        """Whether the answer says what the value is, be it that there is none."""
        return self in (Presence.PRESENT, Presence.NULL)


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A piece of an answer. All times are aware UTC; year 1 (the API's way to say "none") becomes None."""

    def __post_init__(self) -> None:
        for name in _time_fields(type(self)):
            value = getattr(self, name)
            if value is not None:
                force_setattr(self, name, _utc(value))


class Resource(Part, frozen=True, kw_only=True, rename="camel"):
    """A whole object of an answer. ``raw`` is the decoded JSON as sent (fractions as ``Decimal``)."""

    #: Other spellings of members of this resource -> the one that is read. The first one in the answer counts.
    aliases: ClassVar[Mapping[str, str]] = {}

    raw: dict[str, Any] = msgspec.field(default_factory=dict, name="(raw)")
    oddities: tuple[str, ...] = msgspec.field(default=(), name="(oddities)")

    def __repr__(self) -> str:
        named = [name for name in self.__struct_fields__ if name not in ("raw", "oddities")]
        shown = [f"{name}={getattr(self, name)!r}" for name in named] or [f"raw with {', '.join(self.raw)}"]
        return f"{type(self).__name__}({', '.join(shown)})"

    def presence(self, name: str) -> Presence:
        """What the answer said about the member behind an attribute.

        ``name`` is an attribute of this class, as ``auto_renew_enabled``, or one inside another, as
        ``refundable_quantity.total_quantity``. An attribute that is None may mean any of the last three. A word that
        nobody knows is present; ask the word itself (``Word.known``). Raises AttributeError for a name that this
        class does not have.
        """
        value: Any = self
        plain: Any = _with_one_spelling(normalised(self.raw), self.aliases)
        path = "$"
        for attribute in name.split("."):
            if not isinstance(value, Part):
                # What it would be in is missing itself.
                return Presence.ABSENT
            member = _member_names(type(value))[attribute]
            path = f"{path}.{member}"
            value = getattr(value, attribute)
            if not isinstance(plain, dict) or member not in plain:
                return Presence.ABSENT
            plain = plain[member]
            if value is None:
                return Presence.UNREADABLE if path in _unreadable(self.oddities) else Presence.NULL
        return Presence.PRESENT

    def require(self, name: str) -> Any:
        """The value behind an attribute, None only where the API says that there is none.

        Raises ``FieldUnknown`` where the answer does not say it, and AttributeError for a name that there is not.
        """
        presence = self.presence(name)
        if not presence.is_known:
            raise FieldUnknown(type(self).__name__, name, presence.value)
        value: Any = self
        for attribute in name.split("."):
            value = getattr(value, attribute, None)
        return value


R = TypeVar("R", bound=Resource)


def parse_as(cls: type[R], value: Any, *, default: dict[str, Any] | None = None) -> R:
    """Build ``cls`` from decoded JSON.

    ``default`` fills in fields that the caller knows and the answer leaves out. Raises ``BadAnswer`` if
    ``value`` is not an object or a required field is missing or unreadable.
    """
    if not isinstance(value, dict):
        raise BadAnswer(f"expected an object for {cls.__name__}, got {_kind(value)}")
    plain = {**(default or {}), **_with_one_spelling(normalised(value), cls.aliases)}
    oddities: tuple[str, ...] = ()
    try:
        made = msgspec.convert(plain, cls, strict=True)
    except msgspec.ValidationError:
        found: list[str] = []
        plain = _repair(plain, shapes.type_info(cls), "$", found)
        if plain is _NOTHING:
            raise BadAnswer(f"{cls.__name__}: {found[0]}") from None
        try:
            made, oddities = msgspec.convert(plain, cls, strict=False), tuple(found)
        except msgspec.ValidationError as problem:
            raise BadAnswer(f"{cls.__name__}: {problem}") from None
    force_setattr(made, "raw", value)
    force_setattr(made, "oddities", oddities)
    return made


def _with_one_spelling(value: dict[str, Any], aliases: Mapping[str, str]) -> dict[str, Any]:
    for other, name in aliases.items():
        if other in value and value.get(name) is None:
            value[name] = value[other]
    return value


def normalised(value: Any) -> Any:
    """Return ``value`` with lower-case first letters of all keys, and times cut to six digits.

    The decoder would round a seventh digit, and .NET writes the end of a day as 23:59:59.9999999: a term
    would end a day later than it does.
    """
    if isinstance(value, str):
        long_time = len(value) > 26 and value[10] == "T" and value[19] == "." and value[:4].isdigit()
        return _DIGITS.sub(r"\1", value) if long_time else value
    if isinstance(value, list):
        return [normalised(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {(k[:1].lower() + k[1:]): normalised(v) for k, v in value.items()}


def parse_time(text: str) -> datetime | None:
    """Read a date or date-time as aware UTC; None if it is not one. No zone means UTC; .NET's 7 digits are
    cut."""
    found = _DATE.match(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    stamp = f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}.{(fraction or '0'):0<6}"
    try:
        return _utc(datetime.fromisoformat(stamp + (zone or "+00:00").replace("Z", "+00:00")))
    except ValueError:
        return None


def _utc(value: datetime) -> datetime | None:
    if value.year == 1:
        return None
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return value.replace(tzinfo=UTC)


@functools.cache
def _member_names(cls: type[Part]) -> Mapping[str, str]:
    """Attribute -> name of the member on the wire. Looking up another raises AttributeError."""
    return _Names(
        {f.name: f.encode_name for f in msgspec.structs.fields(cls) if not f.encode_name.startswith("(")}
    )


class _Names(dict[str, str]):
    def __missing__(self, name: str) -> str:
        raise AttributeError(f"no such member: {name}")


def _unreadable(oddities: tuple[str, ...]) -> frozenset[str]:
    """The paths of members that were left out because nobody could read them."""
    found = (_LEFT_OUT.match(oddity) for oddity in oddities)
    return frozenset(match[1] for match in found if match)


@functools.cache
def _time_fields(cls: type[Part]) -> tuple[str, ...]:
    return tuple(f.name for f in msgspec.structs.fields(cls) if "datetime" in str(f.type))


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__


def _repair(value: Any, shape: shapes.Type, path: str, found: list[str]) -> Any:
    """Return ``value`` made to fit ``shape``, or ``_NOTHING`` after noting why in ``found``."""
    if isinstance(shape, shapes.UnionType):
        if value is None and any(isinstance(t, shapes.NoneType) for t in shape.types):
            return None
        inner = next(t for t in shape.types if not isinstance(t, shapes.NoneType))
        fixed = _repair(value, inner, path, found)
        return None if fixed is _NOTHING else fixed
    if isinstance(shape, shapes.StructType):
        return _repair_object(value, shape, path, found)
    if isinstance(shape, shapes.ListType | shapes.VarTupleType):
        if not isinstance(value, list):
            return _note_unreadable(value, "list", path, found)
        fixed_items = [_repair(v, shape.item_type, f"{path}[{i}]", found) for i, v in enumerate(value)]
        return [v for v in fixed_items if v is not _NOTHING]
    if isinstance(shape, shapes.DictType):
        return value if isinstance(value, dict) else _note_unreadable(value, "object", path, found)
    return _repair_plain(value, shape, path, found)


def _repair_object(value: Any, shape: shapes.StructType, path: str, found: list[str]) -> Any:
    if not isinstance(value, dict):
        return _note_unreadable(value, "object", path, found)
    out = dict(value)
    for field in shape.fields:
        name = field.encode_name
        if name not in out:
            continue
        fixed = _repair(out[name], field.type, f"{path}.{name}", found)
        if fixed is not _NOTHING:
            out[name] = fixed
        elif field.required:
            return _NOTHING
        else:
            del out[name]
    return out


def _repair_plain(value: Any, shape: shapes.Type, path: str, found: list[str]) -> Any:
    if isinstance(shape, shapes.DateTimeType):
        when = parse_time(value) if isinstance(value, str) else None
        # An empty text stands for "none" and is no oddity.
        return when or (_NOTHING if value in ("", None) else _note_unreadable(value, "time", path, found))
    if isinstance(shape, shapes.BoolType) and isinstance(value, str) and value.lower() in ("true", "false"):
        return _note_conversion(value, value.lower() == "true", path, found)
    if isinstance(shape, shapes.StrType) and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _note_conversion(value, str(value), path, found)
    if isinstance(shape, shapes.IntType) and isinstance(value, str | Decimal):
        number = _number(value)
        if number is not None and number == number.to_integral_value():
            return _note_conversion(value, int(number), path, found)
    if isinstance(shape, shapes.DecimalType) and isinstance(value, str):
        number = _number(value)
        return (
            _note_unreadable(value, "number", path, found)
            if number is None
            else _note_conversion(value, number, path, found)
        )
    try:
        msgspec.convert(value, _python_type(shape), strict=True)
    except msgspec.ValidationError:
        return _note_unreadable(value, type(shape).__name__.removesuffix("Type").lower(), path, found)
    return value


def _python_type(shape: shapes.Type) -> Any:
    if isinstance(shape, shapes.EnumType):
        return shape.cls
    plain = {shapes.IntType: int, shapes.StrType: str, shapes.BoolType: bool, shapes.DecimalType: Decimal}
    return plain.get(type(shape), Any)


def _number(value: str | Decimal) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _note_conversion(before: Any, after: Any, path: str, found: list[str]) -> Any:
    found.append(f"{path}: {_kind(before)} read as {_kind(after)}")
    return after


def _note_unreadable(value: Any, wanted: str, path: str, found: list[str]) -> Any:
    if value is not None:
        found.append(f"{path}: expected {wanted}, got {_kind(value)}")
    else:
        found.append(f"{path}: nothing where {wanted} is expected")
    return _NOTHING

"""Records from and to the wire's camelCase, by the fields that their classes declare."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from datetime import datetime, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from .codes import ErrorCode, OpenEnum
from .errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
E = TypeVar("E", bound=OpenEnum)

_LARGEST = 63
"""The bits of the largest whole number that the wire has."""


def camel(name: str) -> str:
    """Give a field's name on the wire."""
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(word.capitalize() for word in rest)


def moment(text: str) -> datetime:
    """Read a moment, to the microsecond."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    micros = int((fraction + "000000")[:6])
    return datetime.fromisoformat(whole).replace(microsecond=micros, tzinfo=timezone.utc)


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    """Say how a value of this type is read; None where it is taken as it is."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        some = [_reader(part) for part in arguments if part is not type(None)]
        return next((reader for reader in some if reader), None)
    if origin is tuple:
        inner = _reader(arguments[0])
        return tuple if inner is None else lambda values: tuple(map(inner, values))
    if not isinstance(hint, type):
        return None
    return _class_reader(typing.cast("type[Any]", hint))


def _class_reader(hint: type[Any]) -> Callable[[Any], Any] | None:
    """Say how an instance of this class is read."""
    if hint is datetime:
        return moment
    if issubclass(hint, Enum):
        known = hint._value2member_map_
        return lambda value: known.get(value) or hint(value)
    own = getattr(hint, "_of_wire", None)
    if own is not None:
        return typing.cast("Callable[[Any], Any]", own)
    if dataclasses.is_dataclass(hint):
        return lambda value: read(hint, value)
    return None


Plan: TypeAlias = "tuple[tuple[str, str, Callable[[Any], Any] | None], ...]"

_plans: dict[type, Plan] = {}


def _plan(record: type) -> Plan:
    """List a record's fields: their names on the wire, their own, and how they are read."""
    found = _plans.get(record)
    if found is None:
        hints = typing.get_type_hints(record)
        found = _plans[record] = tuple(
            (field.metadata.get("wire") or camel(field.name), field.name, _reader(hints[field.name]))
            for field in dataclasses.fields(record)
            if field.init
        )
    return found


def read(record: type[T], value: Mapping[str, Any]) -> T:
    """Make a record. What it does not know is passed over, what is missing is its default."""
    given: dict[str, Any] = {}
    for wire, name, reader in _plan(record):
        found = value.get(wire)
        if found is not None:
            given[name] = found if reader is None else reader(found)
    return record(**given)


def write(value: Any) -> Any:
    """Give a record, or what is in one, as JSON's own types."""
    own = getattr(value, "_to_wire", None)
    if own is not None:
        return own()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            wire: write(found) for wire, name, _ in _plan(type(value)) if (found := getattr(value, name)) is not None
        }
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    if isinstance(value, (tuple, list)):
        return [write(inner) for inner in typing.cast("list[Any]", value)]
    if isinstance(value, Enum):
        return value.value
    return value


def dumps(request: Mapping[str, Any]) -> str:
    """Write a request. What JSON cannot say is refused by its field."""
    for field, value in request.items():
        if isinstance(value, int) and value.bit_length() > _LARGEST:
            raise refused(ErrorCode.INVALID_AMOUNT, field, "out of range", "a whole number of won")
    try:
        text = json.dumps(request, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _unsayable(request) from error
    return text


def refused(code: ErrorCode, field: str, problem: str, accepted: str) -> InvalidInputError:
    """Make the refusal of a field."""
    return InvalidInputError(code, field, problem, accepted)


def _unsayable(request: Mapping[str, Any]) -> InvalidInputError:
    """Find the field that JSON cannot say."""
    for field, value in request.items():
        try:
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        except UnicodeEncodeError:  # noqa: PERF203
            return refused(ErrorCode.INVALID_TEXT, field, "half a character (a lone surrogate)", "whole text")
        except (TypeError, ValueError, RecursionError):
            return refused(ErrorCode.INVALID_TEXT, field, f"a value of type {type(value).__name__}", "text or a number")
    return refused(ErrorCode.INVALID_TEXT, "request", "cannot be written", "text and numbers")


def text_of(field: str, value: object, code: ErrorCode = ErrorCode.INVALID_TEXT) -> str:
    """Give text that can leave Python."""
    if not isinstance(value, str):
        raise refused(code, field, f"a value of type {type(value).__name__}", "text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refused(code, field, "half a character (a lone surrogate)", "whole text") from None
    return str(value)

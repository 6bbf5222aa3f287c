"""Records as the conformance runner reads them: JSON with the names of the model."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from enum import Enum
from typing import Any

import danmal

# Where Python has another word for a field than the model.
_OWN_NAMES: dict[tuple[type[Any], str], str] = {(danmal.Alarm, "kind"): "alarm"}


def camel(name: str) -> str:
    """Give the model's name of one of Python's."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def snake(name: str) -> str:
    """Give Python's name of one of the model's."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def shown(value: Any) -> Any:
    """Show a record, or what is in one. What is not there is left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = getattr(type(value), "kind", None)
        fields = {
            _OWN_NAMES.get((type(value), field.name), camel(field.name)): shown(found)
            for field in dataclasses.fields(value)
            if (found := getattr(value, field.name)) is not None
        }
        return {**fields, "kind": kind} if isinstance(kind, str) else fields
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [shown(inner) for inner in value]
    if isinstance(value, dict):
        return {name: shown(inner) for name, inner in value.items()}
    return value


def error(refusal: danmal.Error) -> dict[str, Any]:
    """Show what a call refused."""
    parts = {"code": refusal.code.value, "problem": refusal.problem, "accepted": refusal.accepted}
    return parts if refusal.field is None else {**parts, "field": refusal.field}


def resolution(found: danmal.Resolution) -> dict[str, Any]:
    """Show what became of an operation."""
    match found:
        case danmal.Final(outcome=outcome):
            return {"final": shown(outcome)}
        case danmal.OperatorVerdict(verdict=verdict):
            return {"operator": verdict.value}
        case danmal.StillUnknown(outcome=outcome):
            return {"stillUnknown": shown(outcome)}


def history(entry: danmal.HistoryEntry) -> dict[str, Any]:
    """Show an entry of the journal."""
    return {
        "id": entry.intent.id,
        "outcome": None if entry.outcome is None else shown(entry.outcome),
        "overridden": None if entry.overridden is None else entry.overridden.verdict.value,
        "cancellations": list(entry.cancellations),
        "net": entry.net,
    }


def profile(given: dict[str, Any]) -> danmal.Profile:
    """Make the simulator's profile with these keys changed. The model counts durations in milliseconds."""
    changed: dict[str, Any] = {}
    for key, value in given.items():
        match key:
            case "assumptions":
                changed[key] = danmal.Assumptions(**{snake(name): word for name, word in value.items()})
            case "durations":
                changed[key] = danmal.Durations(**{snake(name): span / 1_000 for name, span in value.items()})
            case "amountConvention":
                changed["amount_convention"] = None if value is None else danmal.AmountConvention(value)
            case _:
                changed[snake(key)] = tuple(value) if isinstance(value, list) else value
    return dataclasses.replace(danmal.Profile.simulator(), **changed)

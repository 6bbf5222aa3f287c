"""What happens while a person waits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from . import _wire
from .codes import EventCode, RecoveryWait
from .outcomes import Alarm, Outcome, outcome_of
from .text import Text

__all__ = ["Event", "RecoveryProgress"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryProgress:
    """How far the recovery of an operation is."""

    waits_for: RecoveryWait
    """What it waits for."""
    until: datetime | None = None
    """When that ends at the latest; none where only the terminal's return ends it."""


@dataclass(frozen=True, slots=True, kw_only=True, match_args=False)
class Event:
    """One event, with its sentence for the screen: ``event.text("ko")``."""

    __match_args__ = ("code",)

    code: EventCode
    """The stable code, the same in every language."""
    at: datetime
    """When, by this machine's clock."""
    text: Text
    """The sentence."""
    operation: str | None = None
    """The id of the operation, where it is about one."""
    result_code: str | None = None
    """The terminal's result code, where it said one."""
    alarm: Alarm | None = None
    """What a person should look at, for ``EventCode.ALARM``."""
    progress: RecoveryProgress | None = None
    """What a recovery waits for, for ``EventCode.RECOVERY_PROGRESS``."""
    outcome: Outcome | None = None
    """The outcome, for ``EventCode.FINISHED``."""


_KNOWN = EventCode._value2member_map_


def event_of(shown: str) -> Event:
    """Read an event."""
    value = json.loads(shown)
    code, text = value["code"], value["text"]
    known = _KNOWN.get(code)
    alarm, progress, outcome = value.get("alarm"), value.get("progress"), value.get("outcome")
    return Event(
        code=known if isinstance(known, EventCode) else EventCode(code),
        at=_wire.moment(value["at"]),
        text=Text(text["ko"], text["en"]),
        operation=value.get("operation"),
        result_code=value.get("resultCode"),
        alarm=None if alarm is None else _wire.read(Alarm, alarm),
        progress=None if progress is None else _wire.read(RecoveryProgress, progress),
        outcome=None if outcome is None else outcome_of(outcome),
    )

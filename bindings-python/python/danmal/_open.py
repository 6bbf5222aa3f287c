"""How a terminal is opened, the same for both clients."""

from __future__ import annotations

import atexit
import functools
import os
from typing import TYPE_CHECKING, Any

from . import _logging, _native, _wire
from .codes import ErrorCode
from .errors import told
from .transport import Endpoint

if TYPE_CHECKING:
    from datetime import datetime

    from .profile import FrameRules, Profile


def options(
    journal: str | os.PathLike[str] | None,
    folder: str | os.PathLike[str] | None,
    profile: Profile | None,
    frame_rules: FrameRules | None,
    time_scale: float,
    *,
    in_memory: bool,
) -> str:
    """Write the options."""
    given: dict[str, Any] = {"inMemory": in_memory, "timeScale": time_scale}
    for field, path in (("journal", journal), ("folder", folder)):
        if path is not None:
            given[field] = _wire.text_of(field, os.fsdecode(path), ErrorCode.INVALID_SETTING)
    if profile is not None:
        given["profile"] = _wire.write(profile)
    if frame_rules is not None:
        given["frameRules"] = _wire.write(frame_rules)
    return _wire.dumps(given)


def terminal(place: str | Endpoint, written: str) -> _native.Terminal:
    """Open it. It returns at once."""
    _logging.follow()
    if isinstance(place, Endpoint):
        _let_go_at_exit()
        key = _wire.text_of("key", place.key, ErrorCode.INVALID_ADDRESS)
        return told(_native.Terminal, key, written, (place.connect, place.serial, place.simulated))
    return told(_native.Terminal, _wire.text_of("address", place, ErrorCode.INVALID_ADDRESS), written)


@functools.cache
def _let_go_at_exit() -> None:
    """End the use of transports before the interpreter ends: longer than a connection may take to be made."""
    atexit.register(_native.end_transports, 10.0)


def history_filter(since: datetime | None, until: datetime | None, order: str | None, limit: int | None) -> str:
    """Write a filter of the history."""
    return _wire.dumps(
        {
            "since": _wire.write(since),
            "until": _wire.write(until),
            "order": order,
            "limit": limit,
        }
    )

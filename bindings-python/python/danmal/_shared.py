"""What both clients have in common beside the calls that move money."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from . import _native, _wire
from .codes import ErrorCode, Kind
from .errors import told
from .outcomes import Outcome, Resolution, outcome_of, resolution_of
from .records import Capabilities, HistoryEntry, Intent, Status

if TYPE_CHECKING:
    from datetime import datetime

    from .codes import Verdict


class OperationFacts:
    """What is known of an operation without waiting."""

    __slots__ = ("__weakref__", "_handle", "_terminal")

    def __init__(self, native: _native.Operation, terminal: _native.Terminal) -> None:
        """Take one that was begun. While somebody holds it, its terminal is not closed by being forgotten."""
        self._handle = native
        self._terminal = terminal

    @property
    def id(self) -> str:
        """Its id: the ptxid on the wire."""
        return self._handle.id

    @property
    def intent(self) -> Intent:
        """What was asked, as the journal keeps it."""
        return _wire.read(Intent, json.loads(self._handle.show()))

    @property
    def kind(self) -> Kind:
        """What was asked of the terminal."""
        return self.intent.kind

    @property
    def replayed(self) -> datetime | None:
        """When it began, if it was handed out again for the same key."""
        began = json.loads(self._handle.show()).get("replayed")
        return None if began is None else _wire.moment(began)

    def try_outcome(self) -> Outcome | None:
        """Give its outcome, if it has settled."""
        found = told(self._handle.try_outcome)
        return None if found is None else outcome_of(json.loads(found))

    def try_resolution(self) -> Resolution | None:
        """Give what became of it, if it is known."""
        found = told(self._handle.try_resolution)
        return None if found is None else resolution_of(json.loads(found))

    def request_cancel(self) -> None:
        """Ask the terminal to stop: a request, not a verdict. The outcome says what came of it.

        Asked before the first byte left, it ends ``Aborted``; of an operation that has its outcome it asks nothing.
        """
        told(self._handle.request_cancel)

    def __repr__(self) -> str:
        """Show what a log may hold."""
        return f"<danmal.Operation {self.id}>"


class TerminalFacts:
    """What is known of a terminal without waiting."""

    _handle: _native.Terminal

    @property
    def key(self) -> str:
        """Its canonical key, under which other tills are kept out; the address until the place is known."""
        return self._handle.key

    @property
    def journal(self) -> str | None:
        """The file of its journal; None in memory, and while it is not open."""
        return self._handle.journal

    def status(self) -> Status:
        """Say how it stands. It never contradicts an event that was shown."""
        return _wire.read(Status, json.loads(told(self._handle.status)))

    def capabilities(self) -> Capabilities:
        """Say what it is known to do, and what is assumed of it."""
        return _wire.read(Capabilities, json.loads(told(self._handle.capabilities)))

    def __repr__(self) -> str:
        """Show its key."""
        native: _native.Terminal | None = getattr(self, "_handle", None)
        return f"<danmal.Terminal {native.key if native else 'that was not opened'}>"


def history_of(shown: str) -> list[HistoryEntry]:
    """Read a history."""
    return [HistoryEntry._of_wire(entry) for entry in json.loads(shown)]  # noqa: SLF001


def override(operation: str | OperationFacts, verdict: Verdict, reason: str) -> dict[str, Any]:
    """Write an operator's word."""
    named = operation.id if isinstance(operation, OperationFacts) else operation
    return {"id": named, "verdict": verdict, "reason": reason}


def days(first: str | date, last: str | date) -> dict[str, Any]:
    """Write a period."""
    return {
        name: day.strftime("%Y%m%d") if isinstance(day, date) else day for name, day in (("from", first), ("to", last))
    }


def address(text: str) -> str:
    """Give an address that can leave Python."""
    return _wire.text_of("address", text, ErrorCode.INVALID_ADDRESS)

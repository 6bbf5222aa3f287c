"""A card terminal for scripts and threads: every wait blocks its thread alone, and Ctrl-C ends it.

>>> with danmal.sync.Terminal("simulator:") as terminal:
...     payment = terminal.approve(15_000, order="2024-0007")
...     outcome = payment.outcome(timeout=200)
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from . import _logging, _native, _open, _shared, _wire
from ._money import MoneyCalls
from ._shared import OperationFacts, TerminalFacts
from .errors import still_running, told
from .events import Event, event_of
from .outcomes import Outcome, Resolution, TaxRefundSlip, outcome_found, resolution_of
from .records import CodeTable, Diagnosis, HistoryEntry, LastTransaction, SalesTotals

if TYPE_CHECKING:
    import os
    from datetime import date, datetime
    from types import TracebackType

    from typing_extensions import Self

    from .codes import Verdict
    from .paper import Paper
    from .profile import FrameRules, Profile
    from .transport import Endpoint

__all__ = ["Events", "Operation", "Terminal", "doctor"]


class Events:
    """Events, one after the other: ``for event in payment.events()``. Breaking off only stops the watching."""

    def __init__(self, watch: _native.Watch) -> None:
        """Watch from now on."""
        self._watch = watch

    def __iter__(self) -> Self:
        """Give itself."""
        return self

    def __next__(self) -> Event:
        """Wait for the next."""
        found = told(self._watch.wait, None)
        if not found:
            raise StopIteration
        return event_of(found)

    def next(self, timeout: float) -> Event | None:
        """Wait for the next at most so many seconds. None where none came, and after the last."""
        found = told(self._watch.wait, timeout)
        return event_of(found) if found else None

    def close(self) -> None:
        """End the watching. Whoever waits for the next gets none."""
        self._watch.end()


class Operation(OperationFacts):
    """A money operation. It exists by itself: nobody who waits, or stops waiting, stops it."""

    __slots__ = ()

    def outcome(self, timeout: float | None = None) -> Outcome:
        """Wait for its outcome, which settles by the payment's deadline. It may be ``Unknown``.

        :param timeout: seconds to wait; then :class:`danmal.StillRunningError`, and the payment goes on.
        """
        return outcome_found(_found(self._handle.outcome(), timeout))

    def resolution(self, timeout: float | None = None) -> Resolution:
        """Wait for what becomes of it: the final state, or an operator's word on an ``Unknown``.

        :param timeout: seconds to wait; then :class:`danmal.StillRunningError`, and the payment goes on.
        """
        return resolution_of(_waited(self._handle.resolution(), timeout))

    def events(self) -> Events:
        """Give its events from the beginning, the newest 256 where there are more; they end with the outcome."""
        return Events(self._handle.events())


class Terminal(MoneyCalls[Operation], TerminalFacts):
    """A card terminal, for scripts and threads. Its settings are those of :class:`danmal.Terminal`."""

    def __init__(
        self,
        address: str | Endpoint,
        *,
        journal: str | os.PathLike[str] | None = None,
        in_memory: bool = False,
        folder: str | os.PathLike[str] | None = None,
        profile: Profile | None = None,
        frame_rules: FrameRules | None = None,
        time_scale: float = 1.0,
    ) -> None:
        """Open it. It returns at once."""
        self._closed = True
        written = _open.options(journal, folder, profile, frame_rules, time_scale, in_memory=in_memory)
        self._handle = _open.terminal(address, written)
        self._closed = False

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it. A payment that runs goes on to its end."""
        self.close()

    def __del__(self, _warn: Any = warnings.warn) -> None:
        """Close it, and say that nobody did."""
        if not self._closed:
            _warn(f"unclosed {self!r}", ResourceWarning, source=self)
            # The warning may be kept, and with it this object.
            del self._handle

    def _operation(self, native: _native.Operation) -> Operation:
        return Operation(native, self._handle)

    def _ask(self, call: str, request: dict[str, Any]) -> Any:
        _logging.follow()
        return _waited(told(self._handle.ask, call, _wire.dumps(request)), None)

    def events(self) -> Events:
        """Give the events of the terminal and of its operations: the last few, and what comes."""
        return Events(self._handle.events())

    def pending(self) -> list[Operation]:
        """List the operations without an end, oldest first, those of earlier runs too.

        Show the unresolved ones to the cashier before the first sale. Each one's outcome is its state now:
        ``Unknown`` at once where it is unresolved.
        """
        return [Operation(native, self._handle) for native in told(self._handle.pending)]

    def recover(self) -> list[Operation]:
        """Ask the terminal again now about what is unresolved, and list it."""
        return [Operation(native, self._handle) for native in told(self._handle.recover)]

    def history(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        order: str | None = None,
        limit: int | None = None,
    ) -> list[HistoryEntry]:
        """List what the journal knows of this terminal, oldest first.

        :param since: begun at or after this moment.
        :param until: begun before this moment.
        :param order: under this order.
        :param limit: at most so many, the newest.
        """
        return _shared.history_of(told(self._handle.history, _open.history_filter(since, until, order, limit)))

    def override_unknown(self, operation: str | Operation, verdict: Verdict, reason: str) -> None:
        """Journal an operator's word on an unresolved operation.

        It is refused before the fence, 150 s after the last thing that could still act, and is never final: later
        evidence that contradicts it raises an alarm.

        :param reason: who decided, and from what: 1 to 200 characters.
        """
        self._ask("overrideUnknown", _shared.override(operation, verdict, reason))

    def accept_journal(self, reason: str) -> None:
        """Accept the journal after it was damaged, lost or replaced by an older copy.

        :param reason: who decided, and from what: 1 to 200 characters.
        """
        self._ask("acceptJournal", {"reason": reason})

    def last_transaction(self) -> LastTransaction:
        """Ask what the terminal shows as its last transaction (직전거래조회, 990001)."""
        return _wire.read(LastTransaction, self._ask("lastTransaction", {}))

    def sales_totals(self, first: str | date, last: str | date) -> SalesTotals:
        """Ask for the sales totals (매출집계조회, 050099) from one day to another, ``yyyyMMdd`` or a date."""
        return _wire.read(SalesTotals, self._ask("salesTotals", _shared.days(first, last)))

    def download_codes(self) -> CodeTable:
        """Ask for the code table (코드다운로드, 081008)."""
        return _wire.read(CodeTable, self._ask("downloadCodes", {}))

    def print(self, paper: Paper) -> None:
        """Print (프린트출력, 900091). What is too long for one frame is printed in parts."""
        self._ask("print", _wire.write(paper))

    def inquire_tax_refund(self, serial: str, *, print_slip: bool = False) -> TaxRefundSlip:
        """Ask for a tax-refund slip by its number (환급전표조회, 900050)."""
        request = {"taxRefundSerial": serial, "print": print_slip}
        return _wire.read(TaxRefundSlip, self._ask("inquireTaxRefund", request))

    def close(self) -> bool:
        """Close it: new calls are refused at once, a payment that runs goes on to its end.

        It waits for the payment at most 5 s, and says whether everything has ended.
        """
        self._closed = True
        return bool(self._ask("close", {}))


def _found(watch: _native.Watch, timeout: float | None) -> Any:
    found = told(watch.wait, timeout)
    if not found:
        raise still_running()
    return found


def _waited(watch: _native.Watch, timeout: float | None) -> Any:
    return json.loads(_found(watch, timeout))


def doctor(
    address: str,
    *,
    journal: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    profile: Profile | None = None,
    frame_rules: FrameRules | None = None,
    time_scale: float = 1.0,
) -> Diagnosis:
    """Look at what stands at an address: one question, that moves no money and changes nothing."""
    written = _open.options(journal, folder, profile, frame_rules, time_scale, in_memory=False)
    watch = told(_native.doctor, _shared.address(address), written)
    return _wire.read(Diagnosis, _waited(watch, None))

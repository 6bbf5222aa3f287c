"""A card terminal for asyncio."""

from __future__ import annotations

import asyncio
import json
import warnings
from datetime import date
from typing import TYPE_CHECKING, Any

from . import _logging, _native, _open, _shared, _wire
from ._hub import Hub, hub
from ._money import MoneyCalls
from ._shared import OperationFacts, TerminalFacts
from .errors import told
from .events import Event, event_of
from .outcomes import Outcome, Resolution, TaxRefundSlip, outcome_found, resolution_of
from .records import CodeTable, Diagnosis, HistoryEntry, LastTransaction, SalesTotals

if TYPE_CHECKING:
    import os
    from collections.abc import Generator
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self

    from .codes import Verdict
    from .paper import Paper
    from .profile import FrameRules, Profile
    from .transport import Endpoint

__all__ = ["Events", "Operation", "Terminal", "doctor"]


class Events:
    """Events, one after the other: ``async for event in payment.events()``.

    Breaking off, or cancelling the task, only stops the watching.
    """

    def __init__(self, subject: _native.Operation | _native.Terminal) -> None:
        """Watch from now on where a loop runs, else from the first step."""
        self._subject = subject
        self._hub: Hub | None = None
        self._watch: _native.Watch | None = None
        try:
            self._begin()
        except RuntimeError:
            return

    def _begin(self) -> tuple[Hub, _native.Watch]:
        mine = hub()
        if self._hub is None or self._watch is None:
            self._hub, self._watch = mine, self._subject.events(mine.wakeups)
        elif self._hub is not mine:
            message = "these events are watched by another loop: ask for events() there"
            raise RuntimeError(message)
        return mine, self._watch

    def __aiter__(self) -> Self:
        """Give itself."""
        return self

    async def __anext__(self) -> Event:
        """Wait for the next."""
        mine, watch = self._begin()
        found = told(watch.poll)
        if found is None:
            found = await mine.changed(watch)
        if not found:
            raise StopAsyncIteration
        return event_of(found)

    async def aclose(self) -> None:
        """End the watching."""
        if self._watch is not None:
            self._watch.end()


class Operation(OperationFacts):
    """A money operation. It exists by itself: nobody who waits, or stops waiting, stops it.

    Awaiting it is awaiting its outcome.
    """

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, Outcome]:
        """Wait for its outcome."""
        return self.outcome().__await__()

    async def outcome(self) -> Outcome:
        """Wait for its outcome, which settles by the payment's deadline. It may be ``Unknown``.

        A cancelled task, a timeout and a closed loop only stop the waiting: the payment goes on.
        """
        mine = hub()
        watch = self._handle.outcome(mine.wakeups)
        return outcome_found(await mine.changed(watch))

    async def resolution(self) -> Resolution:
        """Wait for what becomes of it: the final state, or an operator's word on an ``Unknown``."""
        mine = hub()
        watch = self._handle.resolution(mine.wakeups)
        return resolution_of(json.loads(await mine.changed(watch)))

    def events(self) -> Events:
        """Give its events from the beginning, the newest 256 where there are more; they end with the outcome."""
        return Events(self._handle)


class Terminal(MoneyCalls[Operation], TerminalFacts):
    """A card terminal, for asyncio.

    >>> async with danmal.Terminal("simulator:") as terminal:
    ...     payment = terminal.approve(15_000, order="2024-0007")
    ...     outcome = await payment

    It is opened at once, and connects and recovers behind it: see :meth:`status` and :meth:`events`.

    :param address: ``tcp://192.168.0.20:9100``, ``serial:///dev/ttyUSB0?baud=115200``,
        ``serial://COM3?baud=115200``, ``simulator:``, or an :class:`danmal.Endpoint`.
    :param journal: the journal's file; a relative path is in the data folder. ``till.db`` there by default,
        ``simulator.db`` for play money.
    :param in_memory: a journal in memory instead, for tests: it survives nothing.
    :param folder: the data folder instead of :func:`danmal.data_folder`; a relative path is one in that.
    :param profile: what is known, assumed and set of the terminal.
    :param frame_rules: how its frames are read and written.
    :param time_scale: a factor on every duration, for tests on a simulator alone.
    """

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

    async def __aenter__(self) -> Self:
        """Give itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it. A payment that runs goes on to its end."""
        await self.close()

    def __del__(self, _warn: Any = warnings.warn) -> None:
        """Close it, and say that nobody did."""
        if not self._closed:
            _warn(f"unclosed {self!r}", ResourceWarning, source=self)
            # The warning may be kept, and with it this object.
            del self._handle

    def _operation(self, native: _native.Operation) -> Operation:
        return Operation(native, self._handle)

    async def _ask(self, call: str, request: dict[str, Any]) -> Any:
        _logging.follow()
        mine = hub()
        watch = told(self._handle.ask, call, _wire.dumps(request), mine.wakeups)
        return json.loads(await mine.changed(watch))

    def events(self) -> Events:
        """Give the events of the terminal and of its operations: the last few, and what comes."""
        return Events(self._handle)

    async def pending(self) -> list[Operation]:
        """List the operations without an end, oldest first, those of earlier runs too.

        Show the unresolved ones to the cashier before the first sale. Each one's outcome is its state now:
        ``Unknown`` at once where it is unresolved.
        """
        found = await asyncio.to_thread(told, self._handle.pending)
        return [Operation(native, self._handle) for native in found]

    async def recover(self) -> list[Operation]:
        """Ask the terminal again now about what is unresolved, and list it."""
        found = await asyncio.to_thread(told, self._handle.recover)
        return [Operation(native, self._handle) for native in found]

    async def history(
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
        written = _open.history_filter(since, until, order, limit)
        return _shared.history_of(await asyncio.to_thread(told, self._handle.history, written))

    async def override_unknown(self, operation: str | Operation, verdict: Verdict, reason: str) -> None:
        """Journal an operator's word on an unresolved operation.

        It is refused before the fence, 150 s after the last thing that could still act, and is never final: later
        evidence that contradicts it raises an alarm.

        :param reason: who decided, and from what: 1 to 200 characters.
        """
        await self._ask("overrideUnknown", _shared.override(operation, verdict, reason))

    async def accept_journal(self, reason: str) -> None:
        """Accept the journal after it was damaged, lost or replaced by an older copy.

        :param reason: who decided, and from what: 1 to 200 characters.
        """
        await self._ask("acceptJournal", {"reason": reason})

    async def last_transaction(self) -> LastTransaction:
        """Ask what the terminal shows as its last transaction (직전거래조회, 990001)."""
        return _wire.read(LastTransaction, await self._ask("lastTransaction", {}))

    async def sales_totals(self, first: str | date, last: str | date) -> SalesTotals:
        """Ask for the sales totals (매출집계조회, 050099) from one day to another, ``yyyyMMdd`` or a date."""
        return _wire.read(SalesTotals, await self._ask("salesTotals", _shared.days(first, last)))

    async def download_codes(self) -> CodeTable:
        """Ask for the code table (코드다운로드, 081008)."""
        return _wire.read(CodeTable, await self._ask("downloadCodes", {}))

    async def print(self, paper: Paper) -> None:
        """Print (프린트출력, 900091). What is too long for one frame is printed in parts."""
        await self._ask("print", _wire.write(paper))

    async def inquire_tax_refund(self, serial: str, *, print_slip: bool = False) -> TaxRefundSlip:
        """Ask for a tax-refund slip by its number (환급전표조회, 900050)."""
        request = {"taxRefundSerial": serial, "print": print_slip}
        return _wire.read(TaxRefundSlip, await self._ask("inquireTaxRefund", request))

    async def close(self) -> bool:
        """Close it: new calls are refused at once, a payment that runs goes on to its end.

        It waits for the payment at most 5 s, and says whether everything has ended.
        """
        self._closed = True
        return bool(await self._ask("close", {}))


async def doctor(
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
    mine = hub()
    watch = told(_native.doctor, _shared.address(address), written, mine.wakeups)
    return _wire.read(Diagnosis, json.loads(await mine.changed(watch)))

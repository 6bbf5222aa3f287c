"""The two clients of danmal, behind one face: each waits in its own way."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import select
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias, TypeVar

import danmal

T = TypeVar("T")

Operation: TypeAlias = "danmal.Operation | danmal.sync.Operation"
Address: TypeAlias = tuple[str, int]
Named: TypeAlias = Callable[[Any], Any]
"""A call on a terminal, whichever client it is of."""


class Client(Protocol):
    """What the adapter asks of a client."""

    def open(self, place: str | Address, settings: dict[str, Any]) -> None:
        """Open a terminal, at an address or over sockets of one's own."""

    def begin(self, call: Named) -> Any:
        """Begin an operation."""

    def ask(self, call: Named) -> concurrent.futures.Future[Any]:
        """Begin a question, and do not wait for it."""
        ...

    def outcome(self, operation: Any, within: float) -> danmal.Outcome | None:
        """Wait for an outcome."""

    def resolution(self, operation: Any, within: float) -> danmal.Resolution | None:
        """Wait for what becomes of an operation."""

    def wait_for(self, operation: Any, code: str, within: float) -> bool:
        """Wait for an event of an operation, or of the terminal where it is None."""
        ...

    def events(self, operation: Any) -> list[danmal.Event]:
        """Give an operation's events so far."""
        ...

    def close(self) -> bool:
        """Close the terminal, and say whether everything has ended."""
        ...


class Socket:
    """A connection of the application's own."""

    def __init__(self, address: Address, timeout: float) -> None:
        self.socket = socket.create_connection(address, timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read(self, size: int, timeout: float, /) -> bytes | None:
        readable, _, _ = select.select([self.socket], [], [], timeout)
        return self.socket.recv(size) if readable else None

    def write(self, data: bytes, timeout: float, /) -> int:
        self.socket.settimeout(max(timeout, 0.001))
        return self.socket.send(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


class Sync:
    """``danmal.sync``: every wait blocks its thread."""

    def open(self, place: str | Address, settings: dict[str, Any]) -> None:
        self.terminal = danmal.sync.Terminal(_place(place, Socket), **settings)
        self.watched = self.terminal.events()

    def begin(self, call: Named) -> Any:
        return call(self.terminal)

    def ask(self, call: Named) -> concurrent.futures.Future[Any]:
        answer: concurrent.futures.Future[Any] = concurrent.futures.Future()
        terminal = self.terminal

        def wait() -> None:
            try:
                answer.set_result(call(terminal))
            except BaseException as error:
                answer.set_exception(error)

        threading.Thread(target=wait, daemon=True).start()
        return answer

    def outcome(self, operation: danmal.sync.Operation, within: float) -> danmal.Outcome | None:
        with contextlib.suppress(danmal.StillRunningError):
            return operation.outcome(timeout=within)
        return None

    def resolution(self, operation: danmal.sync.Operation, within: float) -> danmal.Resolution | None:
        with contextlib.suppress(danmal.StillRunningError):
            return operation.resolution(timeout=within)
        return None

    def wait_for(self, operation: danmal.sync.Operation | None, code: str, within: float) -> bool:
        until = time.monotonic() + within
        events = self.watched if operation is None else operation.events()
        while (event := events.next(timeout=max(until - time.monotonic(), 0.0))) is not None:
            if event.code.value == code:
                return True
        return False

    def events(self, operation: danmal.sync.Operation) -> list[danmal.Event]:
        watched = operation.events()
        seen: list[danmal.Event] = []
        while (event := watched.next(timeout=0.0)) is not None:
            seen.append(event)
        return seen

    def close(self) -> bool:
        ended = self.terminal.close()
        # What somebody holds keeps its journal open.
        del self.terminal, self.watched
        return ended


class Streams:
    """A connection of the application's own, over the streams of its event loop."""

    loop: asyncio.AbstractEventLoop

    def __init__(self, address: Address, timeout: float) -> None:
        opened = asyncio.run_coroutine_threadsafe(asyncio.open_connection(*address), self.loop)
        self.reader, self.writer = opened.result(timeout)
        self.reading: concurrent.futures.Future[bytes] | None = None

    def read(self, size: int, timeout: float, /) -> bytes | None:
        # What arrives after the time-out is the next read's: it must not be lost.
        if self.reading is None:
            self.reading = asyncio.run_coroutine_threadsafe(self.reader.read(size), self.loop)
        try:
            found = self.reading.result(timeout)
        except concurrent.futures.TimeoutError:
            return None
        self.reading = None
        return found

    def write(self, data: bytes, timeout: float, /) -> int:
        async def send() -> None:
            self.writer.write(data)
            await self.writer.drain()

        asyncio.run_coroutine_threadsafe(send(), self.loop).result(timeout)
        return len(data)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.writer.close)


class Async:
    """``danmal`` on an event loop, which runs in a thread of its own beside the adapter's."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def _run(self, awaited: Awaitable[T]) -> concurrent.futures.Future[T]:
        async def run() -> T:
            return await awaited

        return asyncio.run_coroutine_threadsafe(run(), self.loop)

    def begin(self, call: Named) -> Any:
        async def run() -> Any:
            return call(self.terminal)

        return self._run(run()).result()

    def ask(self, call: Named) -> concurrent.futures.Future[Any]:
        async def run() -> Any:
            return await call(self.terminal)

        return self._run(run())

    def open(self, place: str | Address, settings: dict[str, Any]) -> None:
        own = type("OwnStreams", (Streams,), {"loop": self.loop})

        async def run() -> None:
            self.terminal = danmal.Terminal(_place(place, own), **settings)
            self.watched = self.terminal.events()

        self._run(run()).result()

    def outcome(self, operation: danmal.Operation, within: float) -> danmal.Outcome | None:
        return self._within(lambda: operation, within)

    def resolution(self, operation: danmal.Operation, within: float) -> danmal.Resolution | None:
        return self._within(operation.resolution, within)

    def _within(self, ask: Callable[[], Awaitable[T]], within: float) -> T | None:
        async def run() -> T | None:
            try:
                return await asyncio.wait_for(_awaited(ask()), within)
            except asyncio.TimeoutError:
                return None

        return self._run(run()).result()

    def wait_for(self, operation: danmal.Operation | None, code: str, within: float) -> bool:
        async def wait() -> bool:
            async for event in self.watched if operation is None else operation.events():
                if event.code.value == code:
                    return True
            return False

        return bool(self._within(wait, within))

    def events(self, operation: danmal.Operation) -> list[danmal.Event]:
        seen: list[danmal.Event] = []

        async def read() -> None:
            async for event in operation.events():
                seen.append(event)

        # What has happened is read without a pause: who comes to one has read it.
        self._within(read, 0.02)
        return seen

    def close(self) -> bool:
        ended = bool(self.ask(lambda terminal: terminal.close()).result())
        # What somebody holds keeps its journal open.
        del self.terminal, self.watched
        return ended


async def _awaited(awaited: Awaitable[T]) -> T:
    return await awaited


def _place(place: str | Address, connection: Callable[[Address, float], danmal.Transport]) -> str | danmal.Endpoint:
    """Give an address, or a place that is reached through sockets of one's own."""
    if isinstance(place, str):
        return place
    host, port = place
    return danmal.Endpoint(f"conformance:{host}:{port}", lambda timeout: connection(place, timeout), simulated=True)

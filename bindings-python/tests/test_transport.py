"""A way to a terminal that a program makes itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import serial
from conftest import SCALE, simulator

import danmal
from danmal import Approved, Endpoint, EventCode, NotPerformed, NotPerformedReason


class Socket:
    """A connection over a socket."""

    def __init__(self, address: tuple[str, int], timeout: float) -> None:
        self.socket = socket.create_connection(address, timeout)

    def read(self, size: int, timeout: float, /) -> bytes | None:
        readable, _, _ = select.select([self.socket], [], [], timeout)
        return self.socket.recv(size) if readable else None

    def write(self, data: bytes, timeout: float, /) -> int:
        self.socket.settimeout(timeout)
        return self.socket.send(data)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def host(address: str) -> tuple[str, int]:
    """Where a simulator listens."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def endpoint(connect: Callable[[float], Any], key: str) -> Endpoint:
    return Endpoint(key=key, connect=connect, simulated=True)


async def test_a_payment_goes_over_a_transport_in_python(tcp: str, till: dict[str, Any]) -> None:
    place = endpoint(lambda timeout: Socket(host(tcp), timeout), "socket")
    async with danmal.Terminal(place, **till) as terminal:
        assert issubclass(Socket, danmal.Transport)
        for won, kind in ((15_000, "approved"), (1_004, "declined"), (1_042, "approved")):
            payment = terminal.approve(won)
            codes = [event.code async for event in payment.events()]
            assert EventCode.SENT in codes
            assert (await payment).kind == kind
        lost = terminal.approve(1_030)
        resolution = await asyncio.wait_for(lost.resolution(), 30)
        assert isinstance(resolution, danmal.Final)
        assert isinstance(resolution.outcome, Approved)
        assert terminal.key == "endpoint:socket"


def test_a_serial_port_of_pyserial_is_a_transport(till: dict[str, Any]) -> None:
    class Port:
        def __init__(self, path: str) -> None:
            self.port = serial.Serial(path, 115_200)

        def read(self, size: int, timeout: float, /) -> bytes | None:
            self.port.timeout = timeout
            first: bytes = self.port.read(1)
            waiting = min(self.port.in_waiting, size - 1)
            return first + self.port.read(waiting) if first else None

        def write(self, data: bytes, timeout: float, /) -> int:
            self.port.write_timeout = timeout
            return int(self.port.write(data) or 0)

        def close(self) -> None:
            self.port.close()

    with simulator("--pty", "--time-scale", str(SCALE)) as path:
        place = Endpoint("pyserial", lambda _: Port(path), serial=True, simulated=True)
        with danmal.sync.Terminal(place, **till) as terminal:
            assert terminal.approve(15_000).outcome(timeout=60).kind == "approved"
            resolution = terminal.approve(1_030).resolution(timeout=60)
            assert isinstance(resolution, danmal.Final)
            assert resolution.outcome.kind == "approved"


async def test_asyncio_streams_are_a_transport(tcp: str, till: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()

    made: list[Any] = []

    class Streams:
        def __init__(self, timeout: float) -> None:
            made.append(self)
            opened = asyncio.run_coroutine_threadsafe(asyncio.open_connection(*host(tcp)), loop)
            self.reader, self.writer = opened.result(timeout)
            self.reading: Any = None

        def read(self, size: int, timeout: float, /) -> bytes:
            # What arrives after the time-out is the next read's: it must not be lost.
            self.reading = self.reading or asyncio.run_coroutine_threadsafe(self.reader.read(size), loop)
            try:
                found: bytes = self.reading.result(timeout)
            except (TimeoutError, asyncio.TimeoutError, concurrent_timeout):
                raise TimeoutError from None
            self.reading = None
            return found

        def write(self, data: bytes, timeout: float, /) -> int:
            async def send() -> None:
                self.writer.write(data)
                await self.writer.drain()

            asyncio.run_coroutine_threadsafe(send(), loop).result(timeout)
            return len(data)

        def close(self) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self.writer.close)

    import concurrent.futures

    concurrent_timeout = concurrent.futures.TimeoutError
    async with danmal.Terminal(endpoint(Streams, "streams"), **till) as terminal:
        outcomes = [await terminal.approve(won) for won in (15_000, 3_000, 1_004)]
        assert [outcome.kind for outcome in outcomes] == ["approved", "approved", "declined"]
    # A stream that is left to the collector complains in whichever test runs then.
    for one in made:
        one.writer.close()
        await one.writer.wait_closed()


def test_a_connection_that_cannot_be_made_is_said_to_the_cashier(till: dict[str, Any]) -> None:
    def connect(_: float) -> Any:
        message = "케이블이 없습니다"
        raise OSError(message)

    with danmal.sync.Terminal(endpoint(connect, "nowhere"), **till) as terminal:
        outcome = terminal.approve(1_000).outcome(timeout=30)
        assert isinstance(outcome, NotPerformed)
        assert outcome.reason == NotPerformedReason.NO_CONNECTION
        assert outcome.detail is not None
        assert "케이블이 없습니다" in outcome.detail


@pytest.mark.parametrize("fault", ["raise", "exit", "nonsense", "too much", "kill"])
def test_a_transport_that_misbehaves_lies_to_nobody(tcp: str, till: dict[str, Any], fault: str) -> None:
    class Faulty(Socket):
        reads = 0

        def read(self, size: int, timeout: float, /) -> Any:
            found = super().read(size, timeout)
            if found and b"010010" in found and Faulty.reads == 0:
                Faulty.reads = 1
                if fault == "raise":
                    message = "a callback that raises"
                    raise ZeroDivisionError(message)
                if fault == "exit":
                    raise SystemExit(3)
                if fault == "nonsense":
                    return 42
                if fault == "too much":
                    return bytes(size + 1)
                self.close()
                return b""
            return found

    with danmal.sync.Terminal(endpoint(lambda timeout: Faulty(host(tcp), timeout), fault), **till) as terminal:
        payment = terminal.approve(15_000)
        resolution = payment.resolution(timeout=60)
        assert Faulty.reads == 1
        assert isinstance(resolution, danmal.Final)
        assert isinstance(resolution.outcome, Approved)
        assert len([entry for entry in terminal.history() if entry.net]) == 1


def test_a_transport_may_call_back_in(tcp: str, till: dict[str, Any]) -> None:
    said: list[str] = []

    class Curious(Socket):
        def read(self, size: int, timeout: float, /) -> bytes | None:
            for terminal in opened:
                said.append(terminal.status().work.value)
                assert len(terminal.history()) < 100
            return super().read(size, timeout)

        def close(self) -> None:
            super().close()
            said.extend(terminal.key for terminal in opened)

    opened: list[danmal.sync.Terminal] = []
    terminal = danmal.sync.Terminal(endpoint(lambda timeout: Curious(host(tcp), timeout), "curious"), **till)
    opened.append(terminal)
    assert terminal.approve(15_000).outcome(timeout=60).kind == "approved"
    assert terminal.close()
    assert "busy" in said


def test_a_till_that_ends_finds_its_payment_again(tmp_path: Path) -> None:
    """A process ends while the terminal works; the next one resolves it before it takes work."""
    import subprocess
    import sys

    program = """
import os, sys, danmal
terminal = danmal.sync.Terminal(sys.argv[1], folder=sys.argv[2], time_scale=0.1)
payment = terminal.approve(1_020)
for event in payment.events():
    if event.code == danmal.EventCode.SENT:
        print(payment.id, flush=True)
        os._exit(9) if sys.argv[3] == "killed" else sys.exit(0)
"""
    for ending in ("killed", "exited"):
        with simulator("--listen", "tcp://127.0.0.1:0", "--time-scale", "0.1") as address:
            place = f"{address}?simulated=true"
            folder = tmp_path / ending
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", program, place, str(folder), ending],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.stderr == ""
            with danmal.sync.Terminal(place, folder=folder, time_scale=0.1) as terminal:
                (payment,) = terminal.pending()
                assert payment.id == done.stdout.strip()
                assert isinstance(payment.outcome(timeout=20), danmal.Unknown)
                resolution = payment.resolution(timeout=60)
                assert isinstance(resolution, danmal.Final), resolution
                assert isinstance(resolution.outcome, Approved)
                assert [entry.net for entry in terminal.history()] == [1_020]
                assert terminal.pending() == []


def test_an_interpreter_that_ends_lets_go_of_its_transport(tcp: str, tmp_path: Path) -> None:
    import subprocess
    import sys

    program = """
import select, socket, sys, danmal
host, port, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
class Connection:
    def __init__(self, timeout):
        self.socket = socket.create_connection((host, port), timeout)
    def read(self, size, timeout):
        return self.socket.recv(size) if select.select([self.socket], [], [], timeout)[0] else None
    def write(self, data, timeout):
        return self.socket.send(data)
    def close(self):
        self.socket.close()
place = danmal.Endpoint("leaving", Connection, simulated=True)
terminal = danmal.sync.Terminal(place, folder=folder, time_scale=0.02)
print(terminal.approve(3_000).outcome(timeout=60).kind)
payment = terminal.approve(1_020)
"""
    name, port = host(tcp)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-X", "faulthandler", "-c", program, name, str(port), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "approved\n", "")


def test_the_places_of_two_tills_keep_each_other_out(tcp: str, till: dict[str, Any]) -> None:
    place = endpoint(lambda timeout: Socket(host(tcp), timeout), "shared")
    with danmal.sync.Terminal(place, **till) as first, danmal.sync.Terminal(place, **till) as second:
        assert first.approve(3_000).outcome(timeout=60).kind == "approved"
        refused = second.approve(3_000).outcome(timeout=60)
        assert isinstance(refused, NotPerformed)
        assert refused.reason == NotPerformedReason.HELD_BY_ANOTHER_TILL
        assert refused.holder


def test_a_bad_place_is_refused_by_its_field(till: dict[str, Any]) -> None:
    for key in ("", " ", "a\nb", "x" * 300):
        with pytest.raises(danmal.InvalidInputError) as refused:
            danmal.sync.Terminal(endpoint(lambda _: None, key), **till)
        assert refused.value.field == "key"


def test_no_transport_is_left_open(tcp: str, till: dict[str, Any]) -> None:
    place = endpoint(lambda timeout: Socket(host(tcp), timeout), "counted")

    def once() -> None:
        with danmal.sync.Terminal(place, **till) as terminal:
            assert terminal.approve(3_000).outcome(timeout=60).kind == "approved"

    once()
    threads = threading.active_count()
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(5):
        once()
    assert threading.active_count() <= threads
    if descriptors:
        assert len(os.listdir("/proc/self/fd")) <= descriptors + 1

"""What an event loop waits for: one descriptor for all of danmal, written without asking for the interpreter."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import Any

from . import _native
from .errors import told

_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


class Hub:
    """One event loop's share of danmal."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the loop be woken: by a descriptor, or by a thread where it watches none."""
        self._watched: dict[int, list[tuple[_native.Watch, asyncio.Future[Any]]]] = {}
        self.loop = weakref.ref(loop)
        try:
            self.wakeups = _native.Wakeups.socket()
            loop.add_reader(self.wakeups.fileno(), self._look)
        except NotImplementedError:
            self.wakeups = _native.Wakeups.bell()
            thread = threading.Thread(
                target=_deliver,
                args=(weakref.ref(self), self.loop, self.wakeups),
                name="danmal-wake",
                daemon=True,
            )
            thread.start()
            weakref.finalize(self, self.wakeups.ring)

    def _look(self) -> None:
        """Look at what may be ready."""
        watched = self._watched
        for number in self.wakeups.take():
            for watch, future in tuple(watched.get(number, ())):
                if future.done():
                    continue
                try:
                    found = told(watch.poll)
                except BaseException as error:  # noqa: BLE001
                    future.set_exception(error)
                else:
                    if found is not None:
                        future.set_result(found)

    async def changed(self, watch: _native.Watch) -> Any:
        """Wait until something is there. Cancelling only stops the waiting."""
        found: Any = told(watch.poll)
        if found is not None:
            return found
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        number, waiting = watch.id, (watch, future)
        self._watched.setdefault(number, []).append(waiting)
        try:
            return await future
        finally:
            rest = self._watched[number]
            rest.remove(waiting)
            if not rest:
                del self._watched[number]


def _deliver(hub: weakref.ref[Hub], loop: weakref.ref[asyncio.AbstractEventLoop], wakeups: _native.Wakeups) -> None:
    """Wake a loop that watches no descriptors."""
    while True:
        wakeups.wait(1.0)
        found, running = hub(), loop()
        if found is None or running is None:
            return
        try:
            running.call_soon_threadsafe(found._look)  # noqa: SLF001
        except RuntimeError:
            return
        del found, running


class _Last(threading.local):
    """The hub that this thread asked for last: mostly there is no other."""

    hub: weakref.ref[Hub] | None = None


_last = _Last()


def hub() -> Hub:
    """Give the running loop's."""
    loop = asyncio.get_running_loop()
    last = _last.hub
    found = None if last is None else last()
    if found is not None and found.loop() is loop:
        return found
    found = _hubs.get(loop)
    if found is None:
        with _lock:
            found = Hub(loop)
            _hubs[loop] = found
    _last.hub = weakref.ref(found)
    return found

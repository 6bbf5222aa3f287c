"""What an event loop waits for: one descriptor for all of danmal, written without asking for the interpreter."""

from __future__ import annotations

import asyncio
import threading
import weakref
from typing import TYPE_CHECKING, Any

from . import _native
from .errors import told

if TYPE_CHECKING:
    from collections.abc import Callable

_hubs: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


class Hub:
    """One event loop's share of danmal."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let the loop be woken: by a descriptor, or by a thread where it watches none."""
        self._watched: dict[int, list[Callable[[], None]]] = {}
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
            for look in tuple(watched.get(number, ())):
                look()

    async def changed(self, watch: _native.Watch) -> Any:
        """Wait until something is there. Cancelling only stops the waiting."""
        found: Any = told(watch.poll)
        if found is not None:
            return found
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def look() -> None:
            if future.done():
                return
            try:
                found = told(watch.poll)
            except BaseException as error:  # noqa: BLE001
                future.set_exception(error)
            else:
                if found is not None:
                    future.set_result(found)

        number = watch.id
        looking = self._watched.setdefault(number, [])
        looking.append(look)
        try:
            return await future
        finally:
            looking.remove(look)
            if not looking:
                self._watched.pop(number, None)


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


def hub() -> Hub:
    """Give the running loop's."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        with _lock:
            found = Hub(loop)
            _hubs[loop] = found
    return found

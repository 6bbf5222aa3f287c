"""A way to a terminal that a program makes itself: a tunnel, an adapter of its own, a test.

danmal uses a connection on a thread of its own, which alternates short reads and writes. It blocks nobody else, and a
connection that raises is one that ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Endpoint", "Transport"]


@runtime_checkable
class Transport(Protocol):
    """One open connection to a terminal."""

    def read(self, size: int, timeout: float, /) -> bytes | None:
        """Read what has arrived, at most so many bytes, waiting at most so many seconds for the first.

        None, or :class:`TimeoutError`, where nothing arrived in time; ``b""`` at the end of the connection. Anything
        else that is raised is its end too.
        """

    def write(self, data: bytes, timeout: float, /) -> int:
        """Hand bytes to the system, waiting at most so many seconds, and say how many it took.

        It must not say fewer: of bytes of which it took none, danmal believes that none has left.
        :class:`TimeoutError` where none could be taken in time.
        """
        ...

    def close(self) -> None:
        """End the connection for good. It is called from another thread, and may be called more than once."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A terminal that is reached through a program's own connections, given in place of an address."""

    key: str
    """What names the device itself and no other, in every process and after every restart.

    Two tills with one key keep each other out; two keys for one device would let them charge it at once."""
    connect: Callable[[float], Transport]
    """Makes a connection, in at most so many seconds, or raises: the words are shown to the cashier."""
    serial: bool = False
    """A serial line, on which bytes of before may still arrive: danmal waits until it is quiet."""
    simulated: bool = False
    """A danmal-simulator stands there: play money."""

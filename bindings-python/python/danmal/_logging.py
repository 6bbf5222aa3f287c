"""danmal's log, in Python's ``logging`` under the name ``danmal``.

It holds an allow-list: codes, lengths, ids, results and names of states; never a body, a card or a person. Nothing is
even written while nobody listens: the level of the logger is looked at with every call.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading

from . import _native

_log = logging.getLogger("danmal")
_log.addHandler(logging.NullHandler())


class _Follower:
    """The thread that hands lines over, once there is a use for it."""

    def __init__(self) -> None:
        self.level = -1
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def set(self, level: int) -> None:
        with self.lock:
            self.level = level
            _native.set_log_level(min(max(level, 0), 255))
            if self.thread is None:
                self.thread = threading.Thread(target=_hand_over, name="danmal-log", daemon=True)
                self.thread.start()
                atexit.register(self.stop)

    def stop(self) -> None:
        """Let what was said reach the handlers, before the interpreter ends."""
        _native.stop_logs()
        if self.thread is not None:
            self.thread.join(timeout=2.0)


_follower = _Follower()


def follow() -> None:
    """Look whether the level has changed."""
    level = _log.getEffectiveLevel()
    if level != _follower.level:
        _follower.set(level)


def _hand_over() -> None:
    while (line := _native.next_log()) is not None:
        level, message = line
        # What a handler or a filter raises is theirs, and ends no log.
        with contextlib.suppress(Exception):
            if not _log.isEnabledFor(level):
                continue
            _log.handle(_log.makeRecord("danmal", level, "(danmal)", 0, message, (), None, func=None))


def _forked() -> None:
    """Forget the thread that hands lines over: a child has none, and nothing to say."""
    _follower.lock = threading.Lock()
    _follower.thread = threading.current_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

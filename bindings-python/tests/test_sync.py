"""Scripts and threads."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

import danmal
from danmal import Approved, EventCode, StillRunningError

SLOW = 1_020


def test_a_wait_that_ends_says_nothing_of_the_payment(place: str, till: dict[str, Any]) -> None:
    with danmal.sync.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        for patience in (0, 0.01, -1.0):
            with pytest.raises(StillRunningError) as refused:
                payment.outcome(timeout=patience)
        assert isinstance(refused.value, TimeoutError)
        assert isinstance(refused.value, danmal.Error)
        assert refused.value.code == "stillRunning"
        assert isinstance(payment.outcome(timeout=30), Approved)
        assert isinstance(payment.outcome(), Approved)


def test_threads_wait_for_one_payment_and_let_each_other_run(place: str, till: dict[str, Any]) -> None:
    with danmal.sync.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        kinds: list[str] = []
        threads = [threading.Thread(target=lambda: kinds.append(payment.outcome(30).kind)) for _ in range(8)]
        for thread in threads:
            thread.start()
        turns = 0
        while any(thread.is_alive() for thread in threads):
            turns += 1
            time.sleep(0)
        assert turns > 10
        assert kinds == ["approved"] * 8


def test_threads_share_one_watch(place: str, till: dict[str, Any]) -> None:
    with danmal.sync.Terminal(place, **till) as terminal:
        events = terminal.approve(SLOW).events()
        codes: list[EventCode] = []
        threads = [threading.Thread(target=lambda: codes.extend(event.code for event in events)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()
        assert codes.count(EventCode.SENT) == 1
        assert codes.count(EventCode.FINISHED) == 1


def test_a_watch_is_ended_from_another_thread(place: str, till: dict[str, Any]) -> None:
    with danmal.sync.Terminal(place, **till) as terminal:
        events = terminal.events()
        while events.next(timeout=0.3) is not None:
            pass
        timer = threading.Timer(0.1, events.close)
        timer.start()
        assert list(events) == []
        timer.join()
        assert events.next(timeout=1) is None


def test_threads_of_one_till_press_one_key(place: str, till: dict[str, Any]) -> None:
    with danmal.sync.Terminal(place, **till) as terminal:
        ids: list[str] = []

        def press() -> None:
            payment = terminal.approve(3_000, order="once")
            ids.append(payment.id)
            assert payment.outcome(30).kind == "approved"

        threads = [threading.Thread(target=press) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(ids) == 10
        assert len(set(ids)) == 1
        assert len(terminal.history()) == 1

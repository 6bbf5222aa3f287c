"""Panics inside danmal, in a build that has them on command: none ends the interpreter, and none lies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import danmal
from danmal import Approved, ErrorCode, EventCode, InternalError, Unknown, UnknownWhy
from danmal import _native as native
from danmal.errors import told

hooks: Any = native
SLOW = 1_020
"""Won: a payment that takes its time."""


@pytest.mark.parametrize("worse", [False, True])
def test_a_panic_in_a_call_is_an_exception(place: str, till: dict[str, Any], worse: bool) -> None:  # noqa: FBT001
    for _ in range(100):
        with pytest.raises(InternalError) as refused:
            told(hooks.torture_call, worse)
        assert refused.value.code == ErrorCode.INTERNAL
        assert "torture" not in str(refused.value)
    with danmal.sync.Terminal(place, **till) as terminal:
        assert isinstance(terminal.approve(3_000).outcome(timeout=60), Approved)


def test_a_panic_while_something_is_looked_at_is_an_exception() -> None:
    watch = hooks.torture_watch()
    for _ in range(3):
        with pytest.raises(InternalError):
            told(watch.wait, 5.0)
    watch.end()
    assert not told(watch.wait, 5.0)


async def test_a_panic_in_a_watch_reaches_who_awaits_it(place: str, till: dict[str, Any]) -> None:
    from danmal._hub import hub

    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        with pytest.raises(InternalError):
            await asyncio.wait_for(hub().changed(hooks.torture_watch(hub().wakeups)), 20)
        assert isinstance(await payment, Approved)


def test_a_ring_that_panics_harms_no_payment(place: str, till: dict[str, Any]) -> None:
    with danmal.sync.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        wakeups = hooks.torture_wakeups()
        watches = [payment._handle.outcome(wakeups), payment._handle.events(wakeups)]
        assert all(watch.poll() is None or watch is watches[1] for watch in watches)
        assert isinstance(payment.outcome(timeout=60), Approved)
        # Nobody was woken, and whoever looks finds it all the same.
        assert isinstance(watches[0].poll(), (str, Approved))
        assert isinstance(terminal.approve(3_000).outcome(timeout=60), Approved)


def test_a_fault_leaves_what_ran_unknown_and_harms_no_other_terminal(place: str, till: dict[str, Any]) -> None:
    faulty = danmal.sync.Terminal(place, **till)
    with danmal.sync.Terminal(f"{place}-sound", **till) as sound:
        running = sound.approve(SLOW)
        payment = faulty.approve(SLOW, order="torn")
        assert any(event.code == EventCode.SENT for event in payment.events())
        if payment.try_outcome() is not None:
            pytest.fail("the payment was over before the fault")
        told(hooks.torture_fault, faulty._handle)
        outcome = payment.outcome(timeout=60)
        assert isinstance(outcome, Unknown)
        assert outcome.why == UnknownWhy.INTERNAL_FAULT
        assert outcome.next_step("ko")
        assert isinstance(payment.resolution(timeout=60), danmal.StillUnknown)
        # It takes no second payment, in whichever words.
        assert second(faulty) in {ErrorCode.CLOSED, ErrorCode.INTERNAL, "notPerformed"}
        assert isinstance(running.outcome(timeout=60), Approved)
        assert isinstance(sound.approve(3_000).outcome(timeout=60), Approved)
    faulty.close()


def second(terminal: danmal.sync.Terminal) -> str:
    """What becomes of a second payment: the kind of its outcome, or the code of the refusal."""
    try:
        return terminal.approve(3_000).outcome(timeout=60).kind
    except danmal.Error as error:
        return error.code


def test_1_000_faults_leave_the_interpreter_as_it_was(till: dict[str, Any]) -> None:
    for number in range(1_000):
        terminal = danmal.sync.Terminal(f"simulator:torn-{number}", in_memory=True, **till)
        told(hooks.torture_fault, terminal._handle)
        terminal.close()
    with danmal.sync.Terminal("simulator:whole", in_memory=True, **till) as terminal:
        assert isinstance(terminal.approve(3_000).outcome(timeout=60), Approved)

"""Waiting is not paying: whatever becomes of a task, the payment goes on and says so."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from typing import Any

import pytest

import danmal
from danmal import Approved, EventCode
from danmal import _hub as hubs

SLOW = 1_020
"""Won: a payment that takes its time."""


async def test_a_cancelled_task_only_stops_watching(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        task = asyncio.ensure_future(payment.outcome())
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert payment.try_outcome() is None
        assert isinstance(await payment, Approved)


async def test_a_timeout_only_stops_watching(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(payment.outcome(), 0.02)
        if sys.version_info >= (3, 11):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await payment
        assert isinstance(await payment, Approved)


async def test_a_failing_sibling_stops_no_payment(place: str, till: dict[str, Any]) -> None:
    async def fail() -> None:
        message = "a sibling"
        raise RuntimeError(message)

    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW, order="gathered")
        with pytest.raises(RuntimeError, match="a sibling"):
            await asyncio.gather(payment.outcome(), fail())
        assert payment.try_outcome() is None
        again = terminal.approve(SLOW, order="gathered")
        assert again.id == payment.id
        assert again.replayed is not None
        outcome = await again
        assert isinstance(outcome, Approved)
        assert outcome.replayed is not None


@pytest.mark.skipif(sys.version_info < (3, 11), reason="task groups came with Python 3.11")
async def test_a_task_group_that_fails_stops_no_payment(place: str, till: dict[str, Any]) -> None:
    async def fail() -> None:
        message = "a sibling"
        raise RuntimeError(message)

    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        with pytest.raises(BaseException, match="unhandled errors in a TaskGroup"):
            async with asyncio.TaskGroup() as group:  # type: ignore[attr-defined,unused-ignore]
                group.create_task(payment.outcome())
                group.create_task(fail())
        assert isinstance(await payment, Approved)


async def test_many_tasks_watch_one_payment(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(15_000)

        async def watch() -> list[EventCode]:
            return [event.code async for event in payment.events()]

        watched = await asyncio.gather(*(watch() for _ in range(20)))
        outcomes = await asyncio.gather(*(payment.outcome() for _ in range(20)))
        assert all(isinstance(outcome, Approved) for outcome in outcomes)
        assert len({outcome.id for outcome in outcomes}) == 1
        assert all(codes == watched[0] for codes in watched)
        assert watched[0].count(EventCode.SENT) == 1
        # Who comes late sees them from the beginning.
        assert await watch() == watched[0]


async def test_two_steps_of_one_watch_at_once_both_end(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        events = terminal.approve(3_000).events()
        codes: list[EventCode] = []

        async def take() -> None:
            codes.extend([event.code async for event in events])

        await asyncio.wait_for(asyncio.gather(take(), take(), take()), 20)
        assert codes.count(EventCode.FINISHED) == 1


def test_a_closed_loop_stops_no_payment(place: str, till: dict[str, Any]) -> None:
    async def begin() -> tuple[danmal.Terminal, danmal.Operation]:
        terminal = danmal.Terminal(place, **till)
        payment = terminal.approve(SLOW)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(payment.outcome(), 0.01)
        return terminal, payment

    terminal, payment = asyncio.run(begin())

    async def end() -> danmal.Outcome:
        try:
            return await payment
        finally:
            await terminal.close()

    assert isinstance(asyncio.run(end()), Approved)


def test_a_loop_that_is_closed_while_something_waits_gets_in_nobodys_way(place: str, till: dict[str, Any]) -> None:
    loop = asyncio.new_event_loop()
    terminal = danmal.Terminal(place, **till)

    async def begin() -> danmal.Operation:
        payment = terminal.approve(SLOW)
        task = loop.create_task(payment.outcome())
        await asyncio.sleep(0.01)
        task.cancel()
        return payment

    payment = loop.run_until_complete(begin())
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert isinstance(asyncio.run(payment.outcome()), Approved)
    assert asyncio.run(terminal.close())


def test_two_loops_in_two_threads_watch_one_payment(place: str, till: dict[str, Any]) -> None:
    terminal = danmal.Terminal(place, **till)
    payment = terminal.approve(SLOW)
    outcomes: list[danmal.Outcome] = []

    def watch() -> None:
        outcomes.append(asyncio.run(payment.outcome()))

    threads = [threading.Thread(target=watch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert [outcome.kind for outcome in outcomes] == ["approved", "approved"]
    assert asyncio.run(terminal.close())


def test_events_of_another_loop_are_refused(place: str, till: dict[str, Any]) -> None:
    terminal = danmal.Terminal(place, **till)

    async def begin() -> danmal.Events:
        events = terminal.events()
        await events.__anext__()
        return events

    async def step(events: danmal.Events) -> None:
        await events.__anext__()

    events = asyncio.run(begin())
    with pytest.raises(RuntimeError, match="another loop"):
        asyncio.run(step(events))
    assert asyncio.run(terminal.close())


class NoReaders(asyncio.SelectorEventLoop):
    """A loop that watches no descriptors, as Windows' own."""

    def add_reader(self, *_: Any) -> None:  # type: ignore[override]
        raise NotImplementedError


def test_a_loop_without_descriptors_is_woken_by_a_thread(place: str, till: dict[str, Any]) -> None:
    async def pay() -> list[str]:
        async with danmal.Terminal(place, **till) as terminal:
            kinds = []
            for won in (15_000, 1_004, SLOW):
                payment = terminal.approve(won)
                assert [event.code async for event in payment.events()][-1] == EventCode.FINISHED
                kinds.append((await payment).kind)
            return kinds

    loop = NoReaders()
    assert loop.run_until_complete(asyncio.wait_for(pay(), 30)) == ["approved", "declined", "approved"]
    assert "danmal-wake" in {thread.name for thread in threading.enumerate()}
    loop.close()
    del loop
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "danmal-wake":
            thread.join(timeout=10)
            assert not thread.is_alive()


def test_a_loop_that_is_gone_leaves_nothing(place: str, till: dict[str, Any]) -> None:
    async def pay() -> None:
        async with danmal.Terminal(place, **till) as terminal:
            assert isinstance(await terminal.approve(3_000), Approved)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(pay())
    gone = weakref.ref(loop)
    hub = weakref.ref(hubs._hubs[loop])
    loop.close()
    del loop
    gc.collect()
    assert gone() is None
    assert hub() is None


async def test_breaking_off_and_closing_a_watch(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        events = payment.events()
        async for event in events:
            assert event.operation == payment.id
            break
        await events.aclose()
        assert [event async for event in events] == []
        assert isinstance(await payment, Approved)


async def test_closing_a_watch_wakes_who_waits_for_it(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        assert isinstance(await terminal.approve(3_000), Approved)
        events = terminal.events()

        async def take() -> int:
            return len([event async for event in events])

        task = asyncio.ensure_future(take())
        await asyncio.sleep(0.05)
        assert not task.done()
        await events.aclose()
        assert await asyncio.wait_for(task, 10) > 0


async def test_a_request_to_cancel_is_a_request(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        payment.request_cancel()
        outcome = await payment
        assert isinstance(outcome, (danmal.Aborted, Approved))
        if isinstance(outcome, danmal.Aborted):
            assert outcome.cancel_requested or outcome.by == danmal.StoppedBy.TILL_BEFORE_SENDING
        payment.request_cancel()
        assert await payment == outcome


async def test_the_loop_is_free_while_a_payment_runs(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(SLOW)
        turns = 0
        task = asyncio.ensure_future(payment.outcome())
        while not task.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 100
        assert isinstance(task.result(), Approved)

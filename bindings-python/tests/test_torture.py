"""The boundary under torture."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import simulator

import danmal
from danmal import Approved, ErrorCode, InvalidInputError

HUGE = [2**63 - 1, 2**63, -(2**63), 2**64, 10**400, 10**5_000]


@pytest.fixture
def terminal(place: str, till: dict[str, Any]) -> Any:
    with danmal.sync.Terminal(place, **till) as opened:
        yield opened


@pytest.mark.parametrize("field", ["amount", "tax", "tip", "tax_free"])
@pytest.mark.parametrize(
    "value",
    [*HUGE, -1, True, 1.5, float("nan"), float("inf"), "15000", Decimal(5), [], object()],
    ids=lambda value: type(value).__name__,
)
def test_an_amount_that_is_none_is_refused_by_its_field(terminal: danmal.sync.Terminal, field: str, value: Any) -> None:
    arguments: dict[str, Any] = {"amount": 10_000, field: value}
    with pytest.raises(InvalidInputError) as refused:
        terminal.approve(**arguments)
    assert refused.value.field == {"tax_free": "taxFree"}.get(field, field)
    assert refused.value.accepted
    assert refused.value.text("ko")
    assert terminal.history() == []


def test_the_largest_and_the_smallest_amount(terminal: danmal.sync.Terminal) -> None:
    for won in (1, 999_999_999_999):
        outcome = terminal.approve(won).outcome(timeout=60)
        assert isinstance(outcome, Approved)
        assert outcome.approval_amt == won
    for won in (0, 1_000_000_000_000):
        with pytest.raises(InvalidInputError) as refused:
            terminal.approve(won)
        assert refused.value.code == ErrorCode.INVALID_AMOUNT


@pytest.mark.parametrize("months", [1, 37, 255, 256, -2, 2**70, 2.0, "3", None])
def test_instalments_that_are_none(terminal: danmal.sync.Terminal, months: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        terminal.approve(3_000, installment=months)
    assert refused.value.field == ("request" if months is None else "installment")


@pytest.mark.parametrize(
    "text", ["x" * 65_536, "", " ", "a\x00b", "a\nb", "\ud800", "a\udfffb", "가" * 65, "a\u200bb"], ids=ascii
)
@pytest.mark.parametrize("field", ["order", "key"])
def test_text_that_cannot_be_taken_is_refused(terminal: danmal.sync.Terminal, field: str, text: str) -> None:
    label: dict[str, Any] = {field: text}
    with pytest.raises(InvalidInputError) as refused:
        terminal.approve(3_000, **label)
    assert refused.value.code == ErrorCode.INVALID_TEXT
    assert refused.value.field == field
    assert terminal.history() == []


def test_text_beyond_the_basic_plane_comes_back_as_it_was(terminal: danmal.sync.Terminal) -> None:
    order = "주문 😀 𠮷野家 \U0010ffff"
    payment = terminal.approve(3_000, order=order)
    outcome = payment.outcome(timeout=60)
    assert isinstance(outcome, Approved)
    assert outcome.order == order
    assert payment.intent.order == order
    assert terminal.history()[0].intent.order == order
    assert terminal.approve(3_000, order=order).id == payment.id


@pytest.mark.parametrize("value", [5, b"bytes", ["list"], {"a": 1}, object()], ids=ascii)
def test_an_order_of_another_type_is_refused(terminal: danmal.sync.Terminal, value: Any) -> None:
    with pytest.raises(danmal.Error):
        terminal.approve(3_000, order=value)
    assert terminal.history() == []


def test_a_subclass_of_text_is_text(terminal: danmal.sync.Terminal) -> None:
    class Order(str):
        __slots__ = ()

    assert terminal.approve(3_000, order=Order("once")).intent.order == "once"


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "x" * 65_536,
        "tcp://",
        "tcp://host",
        "tcp://h:99999",
        "serial://",
        "http://a",
        "\ud800",
        "\x00",
        5,
        None,
    ],
    ids=lambda address: ascii(address)[:20],
)
def test_an_address_that_is_none_is_refused(till: dict[str, Any], address: Any) -> None:
    with pytest.raises(danmal.Error) as refused:
        danmal.sync.Terminal(address, **till)
    assert refused.value.code == ErrorCode.INVALID_ADDRESS


@pytest.mark.parametrize(
    "setting",
    [
        {"time_scale": 0},
        {"time_scale": float("nan")},
        {"time_scale": 1e9},
        {"time_scale": "fast"},
        {"journal": "\ud800"},
        {"folder": "\ud800"},
        {"profile": danmal.Profile(durations=danmal.Durations(query=-1.0))},
        {"profile": danmal.Profile(durations=danmal.Durations(query=float("inf")))},
        {"frame_rules": danmal.FrameRules(max_depth=10_000)},
    ],
    ids=ascii,
)
def test_a_setting_that_is_none_is_refused(place: str, tmp_path: Path, setting: dict[str, Any]) -> None:
    with pytest.raises(danmal.Error):
        danmal.sync.Terminal(place, **{"folder": tmp_path, **setting})


def test_a_time_scale_on_a_device_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as refused:
        danmal.sync.Terminal("tcp://192.0.2.1:9100", folder=tmp_path, time_scale=0.5)
    assert refused.value.field == "timeScale"


def test_a_paper_of_64_kb_is_printed_in_parts(terminal: danmal.sync.Terminal) -> None:
    paper = danmal.Paper()
    for _ in range(60):
        paper = paper.left(20, "가나다라마바사아자차" * 20)
    assert len(paper.preview().encode()) > 30_000
    terminal.print(paper)
    for text in ("x" * 65_536, "\ud800", "a\nb", "😀" * 201):
        with pytest.raises(danmal.Error):
            terminal.print(danmal.Paper().left(20, text))
    terminal.print(danmal.Paper().left(20, "😀" * 200))


def test_closing_twice_from_many_threads_while_paying(place: str, till: dict[str, Any]) -> None:
    terminal = danmal.sync.Terminal(place, **till)
    payment = terminal.approve(1_020)
    ended: list[bool] = []
    threads = [threading.Thread(target=lambda: ended.append(terminal.close())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(ended) == 8
    assert len(set(ended)) == 1
    outcome = payment.outcome(timeout=60)
    assert outcome.kind in {"approved", "notPerformed"}
    assert terminal.close()
    with pytest.raises(danmal.ClosedError):
        terminal.approve(1_000)


async def test_callbacks_that_raise_or_call_back_in(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(15_000)
        with pytest.raises(ZeroDivisionError):
            async for event in payment.events():
                again = terminal.approve(15_000, key=f"{event.code}")
                assert again.id != payment.id
                again.request_cancel()
                assert terminal.status().simulated
                message = "a callback that raises"
                raise ZeroDivisionError(message)
        assert isinstance(await payment, Approved)


def test_finalisers_that_call_back_in(place: str, till: dict[str, Any]) -> None:
    terminal = danmal.sync.Terminal(place, **till)
    kinds: list[str] = []

    class Late:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            kinds.append(terminal.approve(3_000).outcome(timeout=60).kind)

    Late()
    gc.collect()
    assert kinds == ["approved"]
    assert terminal.close()


def descriptors() -> int:
    """How many descriptors this process holds, where that can be seen."""
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


def native_threads() -> int:
    """How many threads this process has, Python's and others, where that can be seen."""
    return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else threading.active_count()


def objects() -> int:
    """How many objects of danmal are alive."""
    gc.collect()
    return sum(type(thing).__module__.startswith("danmal") for thing in gc.get_objects())


def test_10_000_operations_leave_nothing_behind(tmp_path: Path) -> None:
    with simulator("--listen", "tcp://127.0.0.1:0", "--time-scale", "0") as tcp:
        pay_and_count(f"{tcp}?simulated=true", tmp_path, 10_000)


def pay_and_count(tcp: str, folder: Path, count: int) -> None:
    """Pay from one terminal, watched, cancelled and forgotten; no object, thread or descriptor stays."""

    async def pay(many: int) -> None:
        async with danmal.Terminal(tcp, folder=folder, in_memory=True, time_scale=0.02) as terminal:
            for number in range(many):
                payment = terminal.approve(3_000)
                if number % 3 == 0:
                    events = payment.events()
                    await events.__anext__()
                if number % 5 == 0:
                    task = asyncio.ensure_future(payment.outcome())
                    await asyncio.sleep(0)
                    task.cancel()
                outcome = await payment
                assert isinstance(outcome, Approved), outcome

    asyncio.run(pay(50))
    before = (objects(), native_threads(), descriptors())
    allocated = sys.getallocatedblocks()
    asyncio.run(pay(count))
    gc.collect()
    grown = sys.getallocatedblocks() - allocated
    after = (objects(), native_threads(), descriptors())
    assert all(late <= early + 2 for late, early in zip(after, before, strict=True)), (before, after)
    assert grown < count / 10, f"{grown} blocks more"


def test_1_000_terminals_are_opened_and_forgotten(till: dict[str, Any]) -> None:
    def once(number: int) -> None:
        with danmal.sync.Terminal(f"simulator:many-{number}", in_memory=True, **till) as terminal:
            if number % 50 == 0:
                assert terminal.approve(3_000).outcome(timeout=60).kind == "approved"

    for number in range(10):
        once(number)
    before = (objects(), native_threads(), descriptors())
    for number in range(1_000):
        once(number)
    after = (objects(), native_threads(), descriptors())
    assert all(late <= early + 2 for late, early in zip(after, before, strict=True)), (before, after)

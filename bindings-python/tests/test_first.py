"""The first program of a till."""

from __future__ import annotations

from typing import Any

import danmal
from danmal import Approved, Declined, EventCode, Unknown


async def test_a_payment_is_approved_and_its_events_are_told_in_korean(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        payment = terminal.approve(15_000, order="2024-0007")
        seen = [event async for event in payment.events()]
        assert [event.code for event in seen][-1] == EventCode.FINISHED
        assert "카드를 넣어 주세요" in [event.text("ko") for event in seen]
        match await payment:
            case Approved(approval_no=number, issuer_name=issuer, approval_amt=amount):
                assert number
                assert issuer
                assert amount == 15_000
            case other:
                raise AssertionError(other)


def test_a_script_pays_without_a_loop(place: str, till: dict[str, Any]) -> None:
    with danmal.sync.Terminal(place, **till) as terminal:
        declined = terminal.approve(1_004).outcome(timeout=20)
        assert isinstance(declined, Declined)
        assert declined.message
        assert declined.text("en").startswith("declined")
        payment = terminal.approve(1_030)
        assert [event.code for event in payment.events()].count(EventCode.CONNECTION_LOST) == 1
        outcome = payment.outcome(timeout=20)
        if isinstance(outcome, Unknown):
            assert "다시 결제하지 마세요" in outcome.next_step("ko")
        resolution = payment.resolution(timeout=30)
        assert isinstance(resolution, danmal.Final)
        assert isinstance(resolution.outcome, Approved)

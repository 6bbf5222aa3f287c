"""Records: frozen, matched, crossing to other processes, and never broken by what is newer."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from datetime import datetime, timezone
from typing import Any

import pytest

import danmal
from danmal import Alarm, AlarmKind, Approved, EventCode, Text, _wire, events, outcomes, records

ABOUT = {
    "id": "CPOS-1",
    "operation": "cardApproval",
    "simulated": True,
    "text": {"ko": "문장", "en": "a sentence"},
}
APPROVED = {
    **ABOUT,
    "kind": "approved",
    "at": "2026-11-25T01:02:03.123456789Z",
    "requested": 1_000,
    "approvalAmt": 1_001,
    "approvalNo": "12345678",
    "transactionNo": "1",
    "transactionDate": "20261125",
    "maskedCard": "433012******1234",
    "extra": {"theirs": [1, {"deep": None}]},
    "alarms": [{"alarm": "amountDiffers", "field": "approvalAmt", "asked": 1_000, "answered": 1_001}],
    "alarmTexts": [{"ko": "금액 확인 필요", "en": "check the amount"}],
}
EVERY: list[dict[str, Any]] = [
    APPROVED,
    {**ABOUT, "kind": "declined", "code": "7001", "message": "한도초과"},
    {**ABOUT, "kind": "aborted", "by": "terminal", "cancelRequested": True, "message": ""},
    {**ABOUT, "kind": "notPerformed", "reason": "unresolved", "blockedBy": "CPOS-0"},
    {**ABOUT, "kind": "reversed", "code": "0001", "message": "취소", "approval": APPROVED},
    {
        **ABOUT,
        "kind": "unknown",
        "why": "connectionLost",
        "resolving": "operatorAfterFence",
        "nextStep": {"ko": "다시 결제하지 마세요", "en": "do not charge again"},
        "replayed": "2026-11-25T01:02:03Z",
    },
    {**ABOUT, "kind": "settledBySomethingNew", "more": {"deep": [1]}},
]


@pytest.mark.parametrize("wire", EVERY, ids=lambda wire: str(wire["kind"]))
def test_an_outcome_is_frozen_slotted_and_whole(wire: dict[str, Any]) -> None:
    outcome = outcomes.outcome_of(wire)
    assert outcome.kind == wire["kind"]
    assert outcome.text("ko") == "문장"
    assert outcome.text.en == "a sentence"
    assert not hasattr(outcome, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        outcome.id = "another"  # type: ignore[misc]
    assert outcomes.outcome_of(json.loads(outcomes.outcome_to_wire(outcome))) == outcome
    for twin in (pickle.loads(pickle.dumps(outcome)), copy.deepcopy(outcome), dataclasses.replace(outcome)):
        assert twin == outcome
        assert twin is not outcome


def test_every_outcome_can_be_taken_apart() -> None:
    def said(outcome: danmal.Outcome) -> str:
        match outcome:
            case danmal.Approved(number, amount):
                return f"{number} {amount}"
            case danmal.Declined(code, message):
                return f"{code} {message}"
            case danmal.Aborted(by):
                return str(by)
            case danmal.NotPerformed(danmal.NotPerformedReason.UNRESOLVED, blocked_by=other):
                return str(other)
            case danmal.NotPerformed(reason):
                return str(reason)
            case danmal.Reversed(approval=danmal.Approval() as approval):
                return approval.approval_no
            case danmal.Reversed(code):
                return code
            case danmal.Unknown(why, next_step=step):
                return f"{why} {step('ko')}"
            case danmal.UnrecognisedOutcome(kind):
                return kind

    assert [said(outcomes.outcome_of(wire)) for wire in EVERY] == [
        "12345678 1001",
        "7001 한도초과",
        "terminal",
        "CPOS-0",
        "12345678",
        "connectionLost 다시 결제하지 마세요",
        "settledBySomethingNew",
    ]
    assert [outcomes.outcome_of(wire).is_final for wire in EVERY] == [True] * 5 + [False, False]


def test_what_is_newer_breaks_nothing_and_is_kept() -> None:
    newer = outcomes.outcome_of({**EVERY[3], "reason": "moonlight", "halo": 22})
    assert isinstance(newer, danmal.NotPerformed)
    assert newer.reason == "moonlight"
    assert not newer.reason.is_known
    assert danmal.NotPerformedReason.BUSY.is_known
    event = events.event_of(
        json.dumps({"code": "teaServed", "at": "2026-11-25T01:02:03.5Z", "text": ABOUT["text"], "extra": 1})
    )
    assert event.code == "teaServed"
    assert {event.code: 1} == {"teaServed": 1}
    assert pickle.loads(pickle.dumps(event)) == event
    assert event.at == datetime(2026, 11, 25, 1, 2, 3, 500_000, tzinfo=timezone.utc)
    status = _wire.read(
        records.Status, {"connected": True, "state": "dreaming", "simulated": True, "timeScale": 1, "of": "sheep"}
    )
    assert status.work == "dreaming"
    unrecognised = outcomes.outcome_of(EVERY[-1])
    assert isinstance(unrecognised, danmal.UnrecognisedOutcome)
    assert unrecognised.fields["more"] == {"deep": [1]}
    with pytest.raises(ValueError, match="42"):
        EventCode(42)


def test_alarms_are_records_with_their_sentences() -> None:
    outcome = outcomes.outcome_of(APPROVED)
    assert isinstance(outcome, Approved)
    assert outcome.alarms == (Alarm(kind=AlarmKind.AMOUNT_DIFFERS, field="approvalAmt", asked=1_000, answered=1_001),)
    assert outcome.alarm_texts == (Text(ko="금액 확인 필요", en="check the amount"),)
    assert outcome.at.microsecond == 123_456


def test_a_repr_shows_no_card_and_no_person() -> None:
    for wire in EVERY:
        shown = repr(outcomes.outcome_of(wire))
        assert "4330" not in shown
        assert "theirs" not in shown
    paper = danmal.Paper().left(20, "홍길동").columns(20, "a", "b", "c")
    assert "홍길동" not in repr(paper)
    assert "홍길동" not in repr(danmal.Shop(name="가게", owner="홍길동"))


def test_errors_share_a_base_and_cross_to_other_processes() -> None:
    error = danmal.InvalidInputError(danmal.ErrorCode.INVALID_AMOUNT, "amount", "0 won", "1 to 5 won")
    assert isinstance(error, danmal.Error)
    assert isinstance(error, ValueError)
    assert str(error) == "amount: 0 won; accepted: 1 to 5 won"
    twin = pickle.loads(pickle.dumps(error))
    assert (twin.code, twin.field, twin.problem, twin.accepted, str(twin)) == (
        "invalidAmount",
        "amount",
        "0 won",
        "1 to 5 won",
        str(error),
    )


def test_a_paper_is_made_and_looked_at() -> None:
    paper = danmal.Paper().logo().left(28, "영수증").rule().columns(20, "합계", "9,000원").right(20, "끝").blank().cut()
    assert [command.command for command in paper.commands] == [
        "logo",
        "left",
        "line",
        "text2",
        "right",
        "br",
        "cuttingLine",
    ]
    assert "합계" in paper.preview(48)
    assert "<svg" in paper.preview_svg(300)
    for size in (0, -1, 10**9):
        with pytest.raises(danmal.InvalidInputError):
            paper.preview(size)
    with pytest.raises(danmal.Error):
        danmal.Paper(commands=(danmal.PrintCommand("fireworks"),)).preview()


def test_a_receipt_of_every_outcome() -> None:
    for wire in EVERY[:-1]:
        outcome = outcomes.outcome_of(wire)
        assert "모의" in danmal.receipt(outcome, shop=danmal.Shop(name="가게")).preview()
    with pytest.raises(danmal.Error):
        danmal.receipt(outcomes.outcome_of(EVERY[-1]))
    with pytest.raises(danmal.InvalidInputError) as refused:
        danmal.receipt(outcomes.outcome_of(APPROVED), items=[danmal.ReceiptItem("", 1, 1)])
    assert refused.value.field == "items[0].name"
    assert "결제하지 마세요" in danmal.receipt(outcomes.outcome_of(EVERY[5])).preview()


def test_the_native_half_makes_the_same_approval(place: str, till: dict[str, Any]) -> None:
    def types(outcome: Approved) -> list[type]:
        return [type(getattr(outcome, part.name)) for part in dataclasses.fields(outcome)]

    def same(payment: danmal.sync.Operation) -> Approved:
        native, read = payment.outcome(timeout=30), payment.try_outcome()
        assert isinstance(native, Approved), native
        assert isinstance(read, Approved)
        assert native == read
        assert pickle.loads(pickle.dumps(native)) == read
        assert repr(native) == repr(read)
        assert types(native) == types(read)
        return native

    with danmal.sync.Terminal(place, **till) as terminal:
        sale = same(terminal.approve(15_000, order="주문 𠮷", tax=1_364, tip=100, tax_free=5, installment=3))
        same(terminal.approve_easy_pay(4_000))
        same(terminal.issue_cash_receipt(5_000, identifier="01012345678"))
        same(terminal.approve(1_050))
        same(terminal.cancel(sale))

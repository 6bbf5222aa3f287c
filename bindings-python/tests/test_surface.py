"""Every call, once, on the simulator."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

import danmal
from danmal import Approved, Capability, Kind, Verdict, Work


async def test_a_sale_is_paid_printed_listed_and_cancelled(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        before = datetime.now(timezone.utc) - timedelta(seconds=5)
        assert await terminal.pending() == []
        payment = terminal.approve(11_000, order="table 7", tax=1_000, tax_free=0, tip=0, installment=3)
        sale = await payment
        assert isinstance(sale, Approved)
        assert (sale.order, sale.tax_amt, sale.installment) == ("table 7", 1_000, 3)
        assert sale.simulated
        assert sale.at > before
        assert payment.kind == Kind.CARD_APPROVAL
        assert payment.intent.amounts == danmal.Amounts(amount=11_000, tax=1_000)
        assert payment.try_outcome() == sale
        assert payment.try_resolution() == danmal.Final(sale)
        assert await payment.resolution() == danmal.Final(sale)
        items = [danmal.ReceiptItem("아메리카노", 2, 5_500)]
        shop = danmal.Shop(name="단말 카페", business_no="1234567890")
        paper = danmal.receipt(sale, shop=shop, items=items, footer=["감사합니다"])
        shown = paper.preview()
        assert "단말 카페" in shown
        assert "모의" in shown
        assert paper.preview_svg().startswith("<svg")
        await terminal.print(paper.then(danmal.Paper().left(20, "끝").cut()))
        assert terminal.capabilities().printing == Capability.YES
        back = await terminal.cancel(sale)
        assert isinstance(back, Approved)
        assert back.operation == Kind.CARD_CANCELLATION
        entries = await terminal.history()
        assert [entry.net for entry in entries] == [0, 0]
        assert entries[0].cancellations == (back.id,)
        assert not entries[0].stands
        assert entries[0].outcome is not None
        assert entries[0].outcome.id == sale.id
        assert await terminal.history(order="table 7", since=before, limit=1)
        assert await terminal.history(until=before) == []
        last = await terminal.last_transaction()
        assert last.transaction is not None
        assert last.transaction.id == back.id


async def test_a_slip_is_cancelled_from_what_is_typed(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        sale = await terminal.approve_easy_pay(4_000, service_code="QRD")
        assert isinstance(sale, Approved)
        assert sale.service_code == "QRD"
        back = await terminal.cancel_easy_pay(sale.reference)
        assert isinstance(back, Approved)
        assert (await terminal.history())[-1].intent.typed


async def test_a_cash_receipt_is_issued_and_cancelled(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        receipt = await terminal.issue_cash_receipt(
            5_000, identifier="01012345678", trader_type=danmal.TraderType.EXPENSE_PROOF
        )
        assert isinstance(receipt, Approved)
        assert receipt.trader_type == "2"
        back = await terminal.cancel_cash_receipt(receipt, identifier="01012345678")
        assert isinstance(back, Approved)
        assert back.operation == Kind.CASH_RECEIPT_CANCELLATION


@pytest.mark.parametrize(
    "refund",
    [
        danmal.TaxRefundT650P(approval_amt=100_000, sales_serial=1),
        danmal.TaxRefundMedical(sales_serial="1", card_amount=100_000),
        danmal.TaxRefundGoods(sales_serial="1"),
        danmal.TaxRefundHotel(check_in="261101", check_out="261103", sales_serial="1"),
    ],
)
async def test_a_tax_refund_is_issued_asked_for_and_cancelled(
    place: str, till: dict[str, Any], refund: danmal.TaxRefund
) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        issued = await terminal.issue_tax_refund(refund, order="refund")
        assert isinstance(issued, Approved)
        assert issued.slip is not None
        asked = await terminal.inquire_tax_refund(issued.slip.serial)
        assert asked.serial == issued.slip.serial
        back = await terminal.cancel_tax_refund(issued.slip.serial, print_slip=True)
        assert isinstance(back, Approved)


async def test_totals_and_codes(place: str, till: dict[str, Any]) -> None:
    async with danmal.Terminal(place, **till) as terminal:
        assert isinstance(await terminal.approve(3_000), Approved)
        today = datetime.now(timezone(timedelta(hours=9))).date()
        totals = await terminal.sales_totals(today - timedelta(days=1), today + timedelta(days=1))
        assert totals.approved.price == 3_000
        assert (await terminal.sales_totals("20260101", "20260102")).period
        codes = await terminal.download_codes()
        assert codes.codes[0].code
        with pytest.raises(danmal.InvalidInputError) as refused:
            await terminal.sales_totals("20260230", date(2026, 3, 1))
        assert (refused.value.code, refused.value.field) == ("invalidDate", "from")


async def test_status_and_words_of_an_operator(place: str, till: dict[str, Any]) -> None:
    terminal = danmal.Terminal(place, **till)
    assert (await terminal.approve(3_000)).is_final
    status = terminal.status()
    assert (status.work, status.connected, status.simulated) == (Work.READY, True, True)
    assert status.time_scale == till["time_scale"]
    assert await terminal.recover() == []
    with pytest.raises(danmal.NotFoundError):
        await terminal.override_unknown("CPOS-00000000-0000-4000-8000-000000000001", Verdict.PERFORMED, "nobody")
    with pytest.raises(danmal.InvalidInputError):
        await terminal.override_unknown("", Verdict.PERFORMED, "no id")
    with pytest.raises(danmal.NotAllowedError):
        await terminal.accept_journal("there is nothing wrong with it")
    assert terminal.journal is not None
    assert terminal.journal.startswith(str(till["folder"]))
    assert await terminal.close()
    assert await terminal.close()
    assert terminal.status().work == Work.CLOSED
    with pytest.raises(danmal.ClosedError):
        terminal.approve(1_000)
    with pytest.raises(danmal.ClosedError):
        terminal.approve_easy_pay(1_000)
    with pytest.raises(danmal.ClosedError):
        await terminal.last_transaction()


async def test_the_doctor_looks_and_says(place: str, till: dict[str, Any]) -> None:
    found = await danmal.doctor(place, **till)
    assert found.answered
    assert found.simulated
    assert found.history
    assert found.frame_rules == danmal.FrameRules()
    assert place.split(":")[1] in found.text("ko")
    refused = await danmal.doctor("tcp://127.0.0.1:1", folder=till["folder"], time_scale=0.02)
    assert not refused.answered
    assert refused.problem is not None
    assert danmal.sync.doctor(place, **till).answered


def test_calls_that_need_no_terminal() -> None:
    split = danmal.split_vat(15_000, rounding=danmal.VatRounding.HALF_UP, convention=danmal.AmountConvention.NET)
    assert (split.supply, split.amounts.tax, split.price) == (13_636, 1_364, 13_636)
    assert isinstance(danmal.serial_ports(), list)
    assert danmal.data_folder()
    assert danmal.__version__


def test_the_sync_terminal_has_every_call_of_the_other() -> None:
    def public(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    assert public(danmal.Terminal) == public(danmal.sync.Terminal)
    assert public(danmal.Operation) == public(danmal.sync.Operation)


def test_every_call_of_the_sync_terminal(place: str, till: dict[str, Any]) -> None:
    with danmal.sync.Terminal(place, **till) as terminal:
        assert terminal.pending() == []
        assert terminal.recover() == []
        sale = terminal.approve(3_000).outcome(timeout=30)
        assert isinstance(sale, Approved)
        assert terminal.cancel(sale).outcome(timeout=30).kind == "approved"
        assert terminal.last_transaction().transaction is not None
        assert terminal.sales_totals("20260101", "20260102").period
        assert terminal.download_codes().codes
        terminal.print(danmal.Paper().left(20, "영수증"))
        issued = terminal.issue_tax_refund(danmal.TaxRefundGoods(sales_serial="1")).outcome(timeout=30)
        assert isinstance(issued, Approved)
        assert issued.slip is not None
        assert terminal.inquire_tax_refund(issued.slip.serial).serial == issued.slip.serial
        assert len(terminal.history()) == 3
        assert next(iter(terminal.events())).text("en")
        with pytest.raises(danmal.NotFoundError):
            terminal.override_unknown("CPOS-1", Verdict.UNDECIDED, "nobody")
        with pytest.raises(danmal.NotAllowedError):
            terminal.accept_journal("nothing is wrong")


async def test_the_profile_here_is_the_cores(place: str, tmp_path: Any) -> None:
    async with danmal.Terminal(place, folder=tmp_path) as terminal:
        assert terminal.capabilities().profile == danmal.Profile.simulator()
    durations = danmal.Durations(query=3.5)
    profile = danmal.Profile(interim_codes=("0020",), durations=durations, history=False)
    async with danmal.Terminal(place, folder=tmp_path, profile=profile, frame_rules=danmal.FrameRules()) as terminal:
        assert terminal.capabilities().profile == profile

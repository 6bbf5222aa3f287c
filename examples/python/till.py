"""A till in the terminal: it shows what is open, takes a sale, prints the receipt, and says what to do.

python till.py                                              the simulator
python till.py tcp://192.168.0.20:9100 15000 --order 2024-0007   a device
"""

from __future__ import annotations

import argparse
import asyncio

import danmal
from danmal import Approved, Declined, NotPerformed, Unknown


async def show_pending(terminal: danmal.Terminal) -> bool:
    """Show what an earlier run left open. Nobody charges again before that is resolved."""
    pending = await terminal.pending()
    for payment in pending:
        intent = payment.intent
        print(f"확인 중인 거래: {intent.order or payment.id} {intent.amounts.amount:,}원")
        match await payment:
            case Unknown() as unknown:
                print(" ", unknown.next_step("ko"))
            case outcome:
                print(" ", outcome.text("ko"))
    return bool(pending)


async def pay(terminal: danmal.Terminal, amount: int, order: str | None) -> bool:
    """Take one sale, and print its receipt."""
    try:
        payment = terminal.approve(amount, order=order)
    except danmal.Error as error:
        print(error.text("ko"), f"({error})")
        return False
    async for event in payment.events():
        print("·", event.text("ko"))
    outcome = await payment
    match outcome:
        case Approved(approval_no=no, issuer_name=issuer):
            print("승인", no, issuer)
            for sentence in outcome.alarm_texts:
                print("  확인:", sentence.ko)
            paper = danmal.receipt(outcome, shop=danmal.Shop(name="단말 카페"))
            print(paper.preview(42))
            await terminal.print(paper.cut())
            return True
        case Declined(message=message):
            print("거절", message)
        case NotPerformed(blocked_by=str(other)):
            print("먼저 확인해야 하는 거래가 있습니다:", other)
        case Unknown() as unknown:
            print("다시 결제하지 마세요:", unknown.next_step("ko"))
            print("결과:", await payment.resolution())
        case other_outcome:
            print(other_outcome.text("ko"))
    return False


async def main() -> int:
    """Read the command line and take one sale."""
    parser = argparse.ArgumentParser(description="한 건 결제")
    parser.add_argument("address", nargs="?", default="simulator:")
    parser.add_argument("amount", nargs="?", type=int, default=15_000)
    parser.add_argument("--order")
    parser.add_argument("--folder", help="the data folder, for tests")
    given = parser.parse_args()
    async with danmal.Terminal(given.address, folder=given.folder) as terminal:
        await show_pending(terminal)
        paid = await pay(terminal, given.amount, given.order)
    return 0 if paid else 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))

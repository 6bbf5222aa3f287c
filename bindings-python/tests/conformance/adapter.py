"""The adapter of Python: it obeys the conformance runner by the public API of ``danmal``, and by nothing else.

The runner says which of the two clients an opening is for.
"""

from __future__ import annotations

import concurrent.futures
import json
import sys
import time
from dataclasses import dataclass
from typing import Any

import names
from clients import Async, Client, Named, Sync

import danmal

PATIENCE = 20.0
"""How long an operation is waited for whose approval a step needs, in seconds. A scenario expects it first."""

LINES = ["tcp", "foreign"] if sys.platform == "win32" else ["tcp", "serial", "foreign"]
"""A pseudo terminal is what a serial line is tried on."""


@dataclass
class Refused:
    """The call itself refused."""

    error: danmal.Error


@dataclass
class Recorded:
    """An operation that had ended before the application began again: its place in the journal."""

    entry: danmal.HistoryEntry


class CannotError(Exception):
    """What an adapter cannot do, in words."""


class Adapter:
    """What it holds."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {"sync": Sync(), "async": Async()}
        self.client: Client = self.clients["sync"]
        self.things: dict[str, Any] = {}

    def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        match command:
            case {"do": "hello"}:
                return {"language": "python", "lines": LINES, "clients": list(self.clients)}
            case {"do": "open"}:
                return self.open(command)
            case {"do": "step", "step": step, "within": within}:
                return self.step(dict(step), within)
            case {"do": "expect", "of": of, "resolution": resolution, "within": within}:
                return self.expect(of, within, resolution=resolution)
            case {"do": "pending"}:
                return {"ids": [one.id for one in self.pending()]}
            case {"do": "history"}:
                return {"entries": [names.history(entry) for entry in self.history()]}
            case {"do": "close"}:
                self.things.clear()
                if not self.client.close():
                    message = "the terminal did not close in its time"
                    raise CannotError(message)
                return {}
            case _:
                message = f"a command that nobody knows: {command}"
                raise CannotError(message)

    def pending(self) -> list[Any]:
        found: list[Any] = self.client.ask(lambda terminal: terminal.pending()).result()
        return found

    def history(self) -> list[danmal.HistoryEntry]:
        found: list[danmal.HistoryEntry] = self.client.ask(lambda terminal: terminal.history()).result()
        return found

    def open(self, given: dict[str, Any]) -> dict[str, Any]:
        self.client = self.clients[given["client"]]
        settings: dict[str, Any] = {
            "folder": given["folder"],
            "journal": given["journal"],
            "time_scale": given["timeScale"],
        }
        if given.get("profile"):
            settings["profile"] = names.profile(given["profile"])
        place = given["address"]
        if given["line"] == "foreign":
            host, _, port = place.rpartition(":")
            self.client.open((host, int(port)), settings)
        else:
            self.client.open(place, settings)
        if given.get("names"):
            self.find(given["names"])
        return {}

    def find(self, called: dict[str, str]) -> None:
        """Find the operations of before again."""
        running = {one.id: one for one in self.pending()}
        try:
            recorded = {entry.intent.id: Recorded(entry) for entry in self.history()}
        except danmal.Error:
            # A terminal whose journal is in safe mode shows no history.
            recorded = {}
        for name, number in called.items():
            found = running.get(number, recorded.get(number))
            if found is not None:
                self.things[name] = found

    def thing(self, name: str) -> Any:
        try:
            return self.things[name]
        except KeyError:
            message = f"nothing is called {name}"
            raise CannotError(message) from None

    def step(self, step: dict[str, Any], within: float) -> dict[str, Any]:
        name = step.pop("as", None)
        ((action, asked),) = step.items()
        match action:
            case "requestCancel":
                self.thing(asked).request_cancel()
            case "stopWatching":
                del self.things[asked]
            case "waitFor":
                of = asked.get("of")
                operation = None if of is None else self.thing(of)
                return {"seen": self.client.wait_for(operation, asked["event"], within)}
            case "overrideUnknown":
                thing = self.thing(asked["of"])
                number = thing.entry.intent.id if isinstance(thing, Recorded) else thing.id
                verdict, reason = danmal.Verdict(asked["verdict"]), asked["reason"]
                return self.said(lambda terminal: terminal.override_unknown(number, verdict, reason))
            case "acceptJournal":
                return self.said(lambda terminal: terminal.accept_journal(asked))
            case _:
                thing = self.begin(action, asked)
                if name is not None:
                    self.things[name] = thing
                if isinstance(thing, Refused):
                    return {"refused": names.error(thing.error)}
                return {} if isinstance(thing, concurrent.futures.Future) else {"id": thing.id}
        return {}

    def said(self, call: Named) -> dict[str, Any]:
        """Say an operator's word."""
        try:
            self.client.ask(call).result()
        except danmal.Error as error:
            return {"refused": names.error(error)}
        return {}

    def begin(self, action: str, asked: Any) -> Any:
        """Begin an operation or a question."""
        question = self.question(action, asked)
        if question is not None:
            return self.client.ask(question)
        call = self.call(action, asked)
        try:
            return self.client.begin(call)
        except danmal.Error as error:
            return Refused(error)

    def question(self, action: str, asked: Any) -> Named | None:
        match action:
            case "inquireTaxRefund":
                serial = self.serial(asked)
                return lambda terminal: terminal.inquire_tax_refund(serial)
            case "salesTotals":
                return lambda terminal: terminal.sales_totals(asked["from"], asked["to"])
            case "downloadCodes":
                return lambda terminal: terminal.download_codes()
            case "lastTransaction":
                return lambda terminal: terminal.last_transaction()
            case "print":
                paper = danmal.Paper()
                for line in asked:
                    paper = paper.left(20, line)
                return lambda terminal: terminal.print(paper)
            case _:
                return None

    def call(self, action: str, asked: Any) -> Named:
        match action:
            case "approve":
                sale = sale_of(asked)
                return lambda terminal: terminal.approve(**sale)
            case "approveEasyPay":
                sale = sale_of(asked)
                return lambda terminal: terminal.approve_easy_pay(**sale)
            case "cancel":
                approval = self.cancelled(asked)
                return lambda terminal: terminal.cancel(approval)
            case "cancelEasyPay":
                approval = self.cancelled(asked)
                return lambda terminal: terminal.cancel_easy_pay(approval)
            case "issueCashReceipt":
                expense = asked.get("expenseProof", False)
                trader = danmal.TraderType.EXPENSE_PROOF if expense else danmal.TraderType.INCOME_DEDUCTION
                return lambda terminal: terminal.issue_cash_receipt(
                    asked["amount"],
                    identifier=asked.get("identifier") or "",
                    trader_type=trader,
                    order=asked.get("order"),
                )
            case "cancelCashReceipt":
                receipt = self.approval(asked["of"])
                return lambda terminal: terminal.cancel_cash_receipt(receipt, identifier=asked["identifier"])
            case "issueTaxRefund":
                refund = refund_of(asked)
                return lambda terminal: terminal.issue_tax_refund(refund)
            case "cancelTaxRefund":
                serial = self.serial(asked)
                return lambda terminal: terminal.cancel_tax_refund(serial)
            case _:
                message = f"{action} is nothing that an adapter does"
                raise CannotError(message)

    def cancelled(self, asked: dict[str, Any]) -> danmal.Approval | danmal.ApprovalReference:
        if "of" in asked:
            return self.approval(asked["of"])
        typed = asked["typed"]
        return danmal.ApprovalReference(**{names.snake(name): word for name, word in typed.items()})

    def serial(self, asked: dict[str, Any]) -> str:
        if "serial" in asked:
            return str(asked["serial"])
        slip = self.approval(asked["of"]).slip
        if slip is None:
            message = f"{asked['of']} is no slip"
            raise CannotError(message)
        return slip.serial

    def approval(self, of: str) -> danmal.Approval:
        """Give the approval that an operation ended with, or that was seen of it."""
        thing = self.thing(of)
        match thing:
            case Recorded():
                outcome = thing.entry.outcome
            case danmal.Operation() | danmal.sync.Operation():
                outcome = self.client.outcome(thing, PATIENCE)
            case _:
                outcome = None
        match outcome:
            case danmal.Approved():
                return outcome
            case danmal.Reversed(approval=danmal.Approval() as approval):
                return approval
            case danmal.Unknown(approval=danmal.Approval() as approval):
                return approval
            case _:
                message = f"{of} carries no approval: {outcome}"
                raise CannotError(message)

    def expect(self, of: str, within: float, *, resolution: bool) -> dict[str, Any]:
        until = time.monotonic() + within
        thing = self.thing(of)
        match thing:
            case Refused():
                return {"refused": names.error(thing.error)}
            case Recorded():
                outcome = names.shown(thing.entry.outcome)
                seen = {"id": thing.entry.intent.id, "outcome": outcome}
                return seen if outcome is None else {**seen, "resolution": {"final": outcome}}
            case concurrent.futures.Future():
                try:
                    # Of printing: nothing is an answer too.
                    return {"answer": names.shown(thing.result(within)) or {}}
                except danmal.Error as error:
                    return {"error": names.error(error)}
        seen = {"id": thing.id, "outcome": names.shown(self.client.outcome(thing, within))}
        if resolution:
            found = self.client.resolution(thing, max(until - time.monotonic(), 0.0))
            seen["resolution"] = None if found is None else names.resolution(found)
        seen["events"] = [names.shown(event) for event in self.client.events(thing)]
        return seen


def sale_of(asked: dict[str, Any]) -> dict[str, Any]:
    """Give the arguments of a sale."""
    return {names.snake(name): word for name, word in asked.items()}


def refund_of(asked: dict[str, Any]) -> danmal.TaxRefund:
    """Give a slip to issue."""
    ((device, parts),) = asked.items()
    given = {names.snake(name): word for name, word in parts.items()}
    match device:
        case "t650p":
            return danmal.TaxRefundT650P(approval_amt=given["amount"], sales_serial=given["sales_serial"])
        case "medical":
            return danmal.TaxRefundMedical(**given)
        case "goods":
            return danmal.TaxRefundGoods(**given)
        case _:
            return danmal.TaxRefundHotel(**given)


def main() -> None:
    """Serve the runner on standard input and output until it hangs up."""
    adapter = Adapter()
    for line in sys.stdin:
        try:
            answer = {"ok": True, **adapter.obey(json.loads(line))}
        except Exception as error:
            answer = {"ok": False, "error": f"{error}" if isinstance(error, CannotError) else repr(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

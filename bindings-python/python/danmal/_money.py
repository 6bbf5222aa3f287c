"""The calls that move money, the same for both clients: each hands its operation back at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import _logging, _wire
from .codes import TraderType
from .errors import told
from .outcomes import Approval, ApprovalReference

if TYPE_CHECKING:
    from . import _native
    from .requests import TaxRefund

OperationT = TypeVar("OperationT")


class MoneyCalls(Generic[OperationT]):
    """The calls of a terminal that move money or issue a document.

    Each raises :class:`danmal.Error` for what the call itself can see: bad input by its field, a closed terminal, a
    forked process. Then nothing was sent, and nothing journaled. Everything else is the operation's outcome.

    ``order`` is a label for the receipt, and the key against double clicks where no ``key`` is given: while an
    operation under it runs, is ``Unknown`` or stands approved, the same key gives the same operation. A second card
    on one order gets a key of its own.
    """

    _handle: _native.Terminal

    def _operation(self, native: _native.Operation) -> OperationT:
        raise NotImplementedError

    def _begin(self, call: str, request: dict[str, Any]) -> OperationT:
        _logging.follow()
        return self._operation(told(self._handle.begin, call, _wire.dumps(request)))

    def approve(
        self,
        amount: int,
        *,
        order: str | None = None,
        key: str | None = None,
        tax: int = 0,
        tip: int = 0,
        tax_free: int = 0,
        installment: int = 0,
    ) -> OperationT:
        """Begin a sale by card (신용승인).

        :param amount: all that the customer pays, 1 to 999,999,999,999 won; the parts are within it.
        :param tax: the value added tax (부가세), won.
        :param tip: the tip (봉사료), won.
        :param tax_free: the part on which no tax is due (비과세), won.
        :param installment: instalment months (할부): 0 for a single payment, or 2 to 36.
        """
        _logging.follow()
        begun = told(self._handle.approve, amount, tax, tip, tax_free, installment, order, key)
        if begun is not None:
            return self._operation(begun)
        return self._begin(
            "approve",
            {
                "amount": amount,
                "tax": tax,
                "tip": tip,
                "taxFree": tax_free,
                "installment": installment,
                "order": order,
                "key": key,
            },
        )

    def approve_easy_pay(
        self,
        amount: int,
        *,
        service_code: str = "QRD",
        order: str | None = None,
        key: str | None = None,
        tax: int = 0,
        tip: int = 0,
        tax_free: int = 0,
        installment: int = 0,
    ) -> OperationT:
        """Begin a sale by QR or barcode (간편결제 승인). As :meth:`approve`, with the service's code."""
        return self._begin(
            "approveEasyPay",
            {
                "amount": amount,
                "tax": tax,
                "tip": tip,
                "taxFree": tax_free,
                "installment": installment,
                "serviceCode": service_code,
                "order": order,
                "key": key,
            },
        )

    def cancel(
        self,
        approval: Approval | ApprovalReference,
        *,
        order: str | None = None,
        key: str | None = None,
    ) -> OperationT:
        """Begin a cancellation (취소) of a card or easy-pay sale.

        :param approval: the recorded approval, whose kind it follows, or what stands on a card slip.
        """
        return self._begin("cancel", _cancellation(approval, order, key))

    def cancel_easy_pay(
        self,
        approval: Approval | ApprovalReference,
        *,
        order: str | None = None,
        key: str | None = None,
    ) -> OperationT:
        """Begin a cancellation of an easy-pay sale of which only the slip is at hand (간편결제 취소)."""
        return self._begin("cancelEasyPay", _cancellation(approval, order, key))

    def issue_cash_receipt(
        self,
        amount: int,
        *,
        identifier: str = "",
        trader_type: TraderType = TraderType.INCOME_DEDUCTION,
        order: str | None = None,
        key: str | None = None,
        tax: int = 0,
        tip: int = 0,
        tax_free: int = 0,
    ) -> OperationT:
        """Begin to issue a cash receipt (현금영수증 발급).

        :param identifier: the phone, business or receipt-card number, digits only; empty where the customer types
            it into the terminal. It is never journaled.
        :param trader_type: a consumer's income deduction or a business's proof of expense.
        """
        return self._begin(
            "issueCashReceipt",
            {
                "amount": amount,
                "tax": tax,
                "tip": tip,
                "taxFree": tax_free,
                "traderType": trader_type,
                "identifier": identifier,
                "order": order,
                "key": key,
            },
        )

    def cancel_cash_receipt(
        self,
        approval: Approval | ApprovalReference,
        *,
        identifier: str = "",
        trader_type: TraderType | None = None,
        order: str | None = None,
        key: str | None = None,
    ) -> OperationT:
        """Begin a cancellation of a cash receipt (현금영수증 취소).

        :param identifier: as it was issued; danmal has not kept it.
        :param trader_type: as it was issued; taken from the record where None.
        """
        if trader_type is None:
            expense = isinstance(approval, Approval) and approval.trader_type == "2"
            trader_type = TraderType.EXPENSE_PROOF if expense else TraderType.INCOME_DEDUCTION
        return self._begin(
            "cancelCashReceipt",
            {
                **_cancellation(approval, order, key),
                "traderType": trader_type,
                "identifier": identifier,
            },
        )

    def issue_tax_refund(self, refund: TaxRefund, *, order: str | None = None, key: str | None = None) -> OperationT:
        """Begin to issue a tax-refund slip (환급전표 발행)."""
        labels = {"order": order, "key": key}
        request = {**_wire.write(refund), "device": refund.device, "labels": labels}
        return self._begin("issueTaxRefund", request)

    def cancel_tax_refund(
        self, serial: str, *, print_slip: bool = False, order: str | None = None, key: str | None = None
    ) -> OperationT:
        """Begin a cancellation of a tax-refund slip (환급전표 취소) by its number."""
        return self._begin(
            "cancelTaxRefund",
            {"taxRefundSerial": serial, "print": print_slip, "order": order, "key": key},
        )


def _cancellation(approval: Approval | ApprovalReference, order: str | None, key: str | None) -> dict[str, Any]:
    request: dict[str, Any] = {"order": order, "key": key}
    if isinstance(approval, Approval):
        return {
            **request,
            "of": _wire.write(approval.reference),
            "original": approval.id,
            "approved": approval.operation,
        }
    return {**request, "of": _wire.write(approval)}

"""How an operation ends: six kinds of value, of which ``Unknown`` is one.

>>> match await payment:
...     case Approved(approval_no=no, issuer_name=issuer): print("승인", no, issuer)
...     case Declined(message=message):                    print("거절", message)
...     case Unknown() as unknown:                         print(unknown.next_step("ko"))
...     case other:                                        print(other)
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeAlias

from . import _wire
from .codes import AlarmKind, DeclineReason, Kind, NotPerformedReason, Resolving, StoppedBy, UnknownWhy, Verdict
from .text import Text

__all__ = [
    "Aborted",
    "Alarm",
    "Approval",
    "ApprovalReference",
    "Approved",
    "Declined",
    "Final",
    "NotPerformed",
    "OperatorVerdict",
    "Outcome",
    "Resolution",
    "Reversed",
    "StillUnknown",
    "TaxRefundSlip",
    "Unknown",
    "UnrecognisedOutcome",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalReference:
    """What a cancellation echoes: of a record, or typed from a slip."""

    approval_no: str
    """The approval number (승인번호)."""
    transaction_date: str
    """The transaction's date exactly as the terminal wrote it."""
    approval_amt: int
    """The approved amount exactly as the terminal answered it, won."""
    transaction_no: str = ""
    """The terminal's transaction number (거래번호); empty where the slip has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a person should look at. It never changes a final outcome."""

    kind: AlarmKind = field(metadata={"wire": "alarm"})
    """What it is."""
    field: str | None = None
    """The wire's name of the field that differs."""
    asked: int | None = None
    """What was asked, won."""
    answered: int | None = None
    """What was answered, won."""
    assumption: str | None = None
    """The assumption that the terminal breaks: ``A1`` to ``A6``."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TaxRefundSlip:
    """A tax-refund slip (환급전표). Those of its fields that name a person do not leave danmal."""

    refund_serial: str = ""
    """``refundSerial``."""
    taxrefund_serial: str = ""
    """``taxrefundSerial``, where the answer has one; medical answers do not."""
    refund_date: str = ""
    """``yyyyMMdd``, or as the terminal wrote it."""
    refund_time: str = ""
    """The time as the terminal wrote it."""
    refund_balance: int = 0
    """What is refunded, won."""
    res_code: str = ""
    """The second result inside a medical answer; empty elsewhere."""
    res_message: str = ""
    """Its message."""
    res_message_taxrefund: str = ""
    """Its message about the refund."""
    fields: dict[str, Any] = field(default_factory=dict)
    """The store's messages and numbers, by the wire's names."""

    @property
    def serial(self) -> str:
        """The number that a cancellation or an inquiry names."""
        return self.taxrefund_serial if self.taxrefund_serial.strip() else self.refund_serial

    def __repr__(self) -> str:
        """Show what a log may hold."""
        return f"TaxRefundSlip(refund_balance={self.refund_balance!r}, res_code={self.res_code!r})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, match_args=False)
class Approval:
    """An approval (승인), or an approved cancellation, with the terminal's own fields.

    Its ``repr`` shows only what a log may hold.
    """

    id: str
    """The operation's id."""
    operation: Kind
    """What was asked."""
    simulated: bool
    """Play money: the terminal is a simulator (모의)."""
    replayed: datetime | None = None
    """When the operation began, if this outcome was handed out again for the same key."""
    at: datetime
    """When the outcome was known, by this machine's clock."""
    requested: int
    """What was asked, won."""
    approval_amt: int
    """``approvalAmt`` exactly as answered, won. A cancellation echoes it."""
    tax_amt: int | None = None
    """``taxAmt`` as answered."""
    tip_amt: int | None = None
    """``tipAmt`` as answered."""
    tax_free_amt: int | None = None
    """``taxFreeAmt`` as answered."""
    installment: int | None = None
    """Instalment months as answered."""
    approval_no: str
    """The approval number (승인번호)."""
    transaction_no: str
    """The terminal's transaction number (거래번호)."""
    transaction_date: str
    """The transaction's date exactly as the terminal wrote it."""
    merchant_code: str = ""
    """The merchant's code (가맹점번호)."""
    issuer_code: str = ""
    """The issuer's code (발급사)."""
    issuer_name: str = ""
    """The issuer's name."""
    acquirer_code: str = ""
    """The acquirer's code (매입사)."""
    acquirer_name: str = ""
    """The acquirer's name."""
    masked_card: str | None = None
    """The card number, masked by danmal itself; empty after a restart, it is never journaled."""
    service_code: str | None = None
    """The easy-pay service that was used."""
    points: tuple[int | None, ...] = (None, None, None)
    """``pointAmt1`` to ``pointAmt3`` of easy pay, won."""
    receipt_title: str | None = None
    """``receiptTitle`` of a cash receipt."""
    trader_type: str | None = None
    """``traderType`` of a cash receipt: ``1`` income deduction, ``2`` proof of expense."""
    slip: TaxRefundSlip | None = None
    """The slip of a tax refund."""
    order: str | None = None
    """The order it was asked under."""
    cancel_requested: bool = False
    """Somebody asked to stop it, and the approval was faster."""
    alarms: tuple[Alarm, ...] = ()
    """What does not fit and a person should look at."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields of the answer that the catalogue does not know, by the wire's names."""

    @property
    def reference(self) -> ApprovalReference:
        """What a cancellation of it echoes."""
        return ApprovalReference(
            approval_no=self.approval_no,
            transaction_no=self.transaction_no,
            transaction_date=self.transaction_date,
            approval_amt=self.approval_amt,
        )

    def __repr__(self) -> str:
        """Show what a log may hold."""
        return (
            f"{type(self).__name__}(id={self.id!r}, operation={self.operation.value!r}, "
            f"requested={self.requested!r}, approval_amt={self.approval_amt!r}, "
            f"approval_no={self.approval_no!r}, simulated={self.simulated!r}, alarms={self.alarms!r})"
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, match_args=False)
class Approved(Approval):
    """What was asked stands: the sale, or for a cancellation the cancellation."""

    kind: ClassVar[str] = "approved"
    is_final: ClassVar[bool] = True
    __match_args__ = ("approval_no", "approval_amt")

    text: Text
    """One sentence for the screen."""
    alarm_texts: tuple[Text, ...] = ()
    """The sentences of its alarms, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True, match_args=False)
class _About:
    id: str
    """The operation's id, its ptxid on the wire."""
    operation: Kind
    """What was asked."""
    simulated: bool
    """Play money: the terminal is a simulator (모의)."""
    replayed: datetime | None = None
    """When the operation began, if this outcome was handed out again for the same key."""
    text: Text
    """One sentence for the screen."""


@dataclass(frozen=True, slots=True, kw_only=True, match_args=False)
class Declined(_About):
    """The terminal or the host said no. Nothing stands."""

    kind: ClassVar[str] = "declined"
    is_final: ClassVar[bool] = True
    __match_args__ = ("code", "message")

    code: str
    """The terminal's result code, shown and not interpreted."""
    message: str
    """The terminal's message, cleaned of control characters."""
    reason: DeclineReason = DeclineReason.REFUSED
    """What the code means: a busy terminal took nothing on and may be asked again once it is free."""
    alarms: tuple[Alarm, ...] = ()
    """What a person should look at."""


@dataclass(frozen=True, slots=True, kw_only=True, match_args=False)
class Aborted(_About):
    """Stopped by the cashier or the customer, or the signature timed out. Nothing stands."""

    kind: ClassVar[str] = "aborted"
    is_final: ClassVar[bool] = True
    __match_args__ = ("by", "message")

    by: StoppedBy
    """Who stopped it."""
    cancel_requested: bool
    """The till had asked for it."""
    message: str
    """The terminal's message; empty where nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True, match_args=False)
class NotPerformed(_About):
    """Not sent, or proven absent. It is safe to ask again once the reason is gone."""

    kind: ClassVar[str] = "notPerformed"
    is_final: ClassVar[bool] = True
    __match_args__ = ("reason",)

    reason: NotPerformedReason
    """Why."""
    detail: str | None = None
    """What the system said."""
    blocked_by: str | None = None
    """The operation that stands in the way."""
    by: str | None = None
    """The operation that has the key, or that cancels the approval."""
    holder: str | None = None
    """Who holds the terminal: process and journal."""


@dataclass(frozen=True, slots=True, kw_only=True, match_args=False)
class Reversed(_About):
    """It was approved, and then undone by terminal or host, by their own word (망취소). Nothing stands."""

    kind: ClassVar[str] = "reversed"
    is_final: ClassVar[bool] = True
    __match_args__ = ("code", "message")

    code: str
    """The code under which the terminal shows it."""
    message: str
    """The terminal's message."""
    approval: Approval | None = None
    """The approval that was undone, where it was seen."""


@dataclass(frozen=True, slots=True, kw_only=True, match_args=False)
class Unknown(_About):
    """It may have been charged and may not. Do not ask for the money again.

    It is a value like the others, not a failure, and the one that is not final: recovery goes on behind it, and
    ``payment.resolution()`` waits for what it finds out.
    """

    kind: ClassVar[str] = "unknown"
    is_final: ClassVar[bool] = False
    __match_args__ = ("why", "resolving")

    why: UnknownWhy
    """Why."""
    resolving: Resolving
    """How it will be resolved."""
    approval: Approval | None = None
    """The approval that was seen, where one was."""
    seen_code: str | None = None
    """The result code that was seen last under this operation's id."""
    seen_message: str | None = None
    """The terminal's message that came with it."""
    next_step: Text
    """What the cashier does now: ``unknown.next_step("ko")``."""


@dataclass(frozen=True, slots=True, kw_only=True, match_args=False)
class UnrecognisedOutcome(_About):
    """A kind of outcome that this version does not know: treat it as ``Unknown``."""

    is_final: ClassVar[bool] = False
    __match_args__ = ("kind",)

    kind: str
    """Its name."""
    fields: dict[str, Any] = field(default_factory=dict, repr=False)
    """All of it, by the wire's names."""


Outcome: TypeAlias = Approved | Declined | Aborted | NotPerformed | Reversed | Unknown | UnrecognisedOutcome
"""How an operation ends."""

_KINDS: dict[str, type[Approved | Declined | Aborted | NotPerformed | Reversed | Unknown]] = {
    kind.kind: kind for kind in (Approved, Declined, Aborted, NotPerformed, Reversed, Unknown)
}


def outcome_of(value: dict[str, Any]) -> Outcome:
    """Read an outcome. A kind that is not known is kept whole."""
    kind = _KINDS.get(value["kind"])
    if kind is None:
        return _wire.read(UnrecognisedOutcome, {**value, "fields": value})
    return _wire.read(kind, value)


def outcome_found(found: str | Approved) -> Outcome:
    """Read what a watch found: the native half makes the usual approval itself."""
    return outcome_of(json.loads(found)) if isinstance(found, str) else found


def outcome_to_wire(outcome: Outcome) -> str:
    """Write an outcome."""
    if isinstance(outcome, UnrecognisedOutcome):
        return json.dumps(outcome.fields)
    return json.dumps({**_wire.write(outcome), "kind": outcome.kind})


@dataclass(frozen=True, slots=True)
class Final:
    """The final state of the operation."""

    outcome: Outcome
    """It never changes again."""


@dataclass(frozen=True, slots=True)
class OperatorVerdict:
    """An operator's word on an operation that stayed ``Unknown``. Later evidence may raise an alarm."""

    verdict: Verdict
    """The word."""


@dataclass(frozen=True, slots=True)
class StillUnknown:
    """Nobody finds out any more: the terminal was closed, or this process runs the operation no longer."""

    outcome: Outcome
    """What is known. The next start goes on with it."""


Resolution: TypeAlias = Final | OperatorVerdict | StillUnknown
"""What becomes of an operation in the end."""


def resolution_of(value: dict[str, Any]) -> Resolution:
    """Read a resolution."""
    if value["kind"] == "operator":
        return OperatorVerdict(Verdict(value["verdict"]))
    outcome = outcome_of(value["outcome"])
    return Final(outcome) if value["kind"] == "final" else StillUnknown(outcome)

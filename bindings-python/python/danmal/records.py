"""What a terminal and its journal say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import _wire
from .codes import Capability, Kind, Source, Verdict, Work
from .outcomes import Approval, ApprovalReference, Outcome, TaxRefundSlip, outcome_of
from .profile import FrameRules, Profile
from .text import Text

__all__ = [
    "Amounts",
    "Capabilities",
    "CodeEntry",
    "CodeTable",
    "Diagnosis",
    "HistoryEntry",
    "Intent",
    "LastTransaction",
    "Override",
    "SalesTotals",
    "Seen",
    "SerialPort",
    "Status",
    "TaxRefundSlip",
    "TotalsLine",
    "UsbAdapter",
    "VatSplit",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """All that the customer pays, and its parts, in won. The parts never exceed the amount."""

    amount: int
    """All that the customer pays."""
    tax: int = 0
    """Value added tax (부가세) within the amount."""
    tip: int = 0
    """Tip (봉사료) within the amount."""
    tax_free: int = 0
    """The part on which no tax is due (비과세), within the amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VatSplit:
    """A price that includes value added tax, taken apart, and the rule by which it was."""

    supply: int
    """The supply value (공급가액): the taxable part without its tax."""
    amounts: Amounts
    """The amount with its parts, ready for a sale."""
    price: int
    """What goes into ``priceAmt`` under the convention that was named."""
    rule: str
    """The rule in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How a terminal stands. It never contradicts an event that was shown."""

    connected: bool
    """Whether the connection stands."""
    work: Work = field(metadata={"wire": "state"})
    """What the terminal can do."""
    operation: str | None = None
    """The operation that runs or is unresolved."""
    detail: str | None = None
    """What was found, in safe mode."""
    holder: str | None = None
    """Who holds it, where another till does."""
    simulated: bool
    """Play money."""
    time_scale: float
    """The factor on every duration, 1.0 outside tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a terminal is known to do, and what is assumed of it."""

    printing: Capability
    """Printing (900091)."""
    easy_pay: Capability
    """Easy pay by QR (030010)."""
    cash_receipt: Capability
    """Cash receipts (070010)."""
    tax_refund: Capability
    """Tax refund (050010)."""
    history: Capability
    """The last transaction (990001)."""
    sales_totals: Capability
    """Sales totals (050099)."""
    codes: Capability
    """Codes (081008)."""
    profile: Profile
    """The profile in force, with what was learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What was asked, as the journal keeps it."""

    id: str = field(metadata={"wire": "ptxid"})
    """The operation's id."""
    kind: Kind
    """What is asked."""
    at: datetime
    """When the call was made."""
    terminal: str
    """The terminal's canonical key."""
    simulated: bool
    """Play money."""
    amounts: Amounts
    """The amounts as asked; for a cancellation the approved amount."""
    installment: int = 0
    """Instalment months."""
    order: str | None = None
    """The order's label."""
    key: str | None = None
    """The key against double clicks: given, or the order."""
    reference: ApprovalReference | None = None
    """What is cancelled."""
    original: str | None = None
    """The operation that is cancelled, where it is on record."""
    typed: bool = False
    """The reference was typed from a slip."""
    tax_refund_serial: str | None = None
    """The slip that is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A final answer under the operation's own id."""

    source: Source
    """Where."""
    code: str
    """The result code."""
    message: str
    """The message, cleaned."""
    approval: Approval | None = None
    """The approval: this one's, for 0000, or the one that was seen before a refusal."""
    contradicts: bool = False
    """A refusal was seen before this 0000: it goes on only at the fence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An operator's word on an operation that is open."""

    verdict: Verdict
    """The word."""
    reason: str
    """Why, in the operator's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One operation of the history."""

    intent: Intent
    """What was asked."""
    outcome: Outcome | None = None
    """How it ended; None while it runs or is unresolved."""
    seen: Seen | None = None
    """The final answer that was seen last, while it is open."""
    overridden: Override | None = None
    """An operator's word, while it is open."""
    cancellations: tuple[str, ...] = ()
    """Its cancellations that are approved or open, oldest first; each is an entry of its own too."""
    net: int | None = None
    """What stands of it in won; None while it or a cancellation of it is open.

    The sum over all entries is what was taken."""
    stands: bool = False
    """Whether what was asked stands."""

    @classmethod
    def _of_wire(cls, value: dict[str, Any]) -> HistoryEntry:
        """Read it: an outcome is one of several records."""
        outcome, seen, overridden = value.get("outcome"), value.get("seen"), value.get("overridden")
        return cls(
            intent=_wire.read(Intent, value["intent"]),
            outcome=None if outcome is None else outcome_of(outcome),
            seen=None if seen is None else _wire.read(Seen, seen),
            overridden=None if overridden is None else _wire.read(Override, overridden),
            cancellations=tuple(value["cancellations"]),
            net=value.get("net"),
            stands=value["stands"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTransaction:
    """What the terminal shows as its last transaction (직전거래, 990001)."""

    empty: bool = True
    """Whether it names no transaction at all."""
    result_code: str = ""
    """Its result code, as answered."""
    result_message: str = ""
    """Its message, cleaned of control characters."""
    transaction: Approval | None = None
    """Its fields, where it names one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsLine:
    """One line of the sales totals."""

    count: int = 0
    """How many."""
    price: int = 0
    """How much, won."""
    issuer: int = 0
    """The field ``issuer``, whose meaning the catalogue leaves open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesTotals:
    """Sales totals (매출집계, 050099), as the terminal gave them: a hint, not a proof."""

    period: str = ""
    """The period in the terminal's words."""
    approved: TotalsLine = field(default_factory=TotalsLine)
    """What was approved."""
    canceled: TotalsLine = field(default_factory=TotalsLine)
    """What was cancelled."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields that the catalogue does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """One code of the code table."""

    code: str = ""
    """The code."""
    code_name: str = ""
    """Its name."""
    group_code: str = ""
    """Its group, may be empty."""
    group_code_name: str = ""
    """The group's name, may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """The code table (코드다운로드, 081008)."""

    total_count: int = 0
    """The count as answered: advisory, it may differ from the number of codes."""
    codes: tuple[CodeEntry, ...] = ()
    """The codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsbAdapter:
    """A USB serial adapter, as it names itself."""

    vid: int
    """The vendor."""
    pid: int
    """The product."""
    serial: str | None = None
    """Its serial number, by which it is found again under another name."""
    manufacturer: str | None = None
    """The manufacturer's name."""
    product: str | None = None
    """The product's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialPort:
    """A serial port of this machine."""

    path: str
    """Its path or name, for an address."""
    usb: UsbAdapter | None = None
    """The adapter, where it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was seen of a terminal, in words too: ``print(diagnosis.text("ko"))``."""

    address: str
    """The address as it was given."""
    key: str | None = None
    """The canonical key, under which other tills are kept out; None where the place was not found."""
    journal: str | None = None
    """Where the journal of a terminal at this address is."""
    holder: str | None = None
    """Who holds the terminal, if somebody else does."""
    answered: bool
    """Whether it answered 990001."""
    problem: dict[str, Any] | None = None
    """Why it did not, as an error's parts."""
    took: float | None = field(default=None, metadata={"wire": "tookMs"})
    """How long the answer took, milliseconds."""
    simulated: bool | None = None
    """Whether a danmal-simulator answered: play money. None where nothing did."""
    last: LastTransaction | None = None
    """What it shows as its last transaction."""
    frames: dict[str, Any] | None = None
    """What its frames look like."""
    frame_rules: FrameRules = field(default_factory=FrameRules)
    """The frame rules that follow from them, to be pinned."""
    history: bool | None = None
    """Whether ``Profile.history`` should be on. None where the terminal was not reached."""
    text: Text
    """All of it in words."""

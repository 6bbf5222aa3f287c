"""danmal (단말, "terminal"): card payments on a Korean payment terminal, without ever charging twice.

>>> async with danmal.Terminal("simulator:") as terminal:
...     payment = terminal.approve(15_000, order="2024-0007")
...     async for event in payment.events():
...         print(event.text("ko"))
...     match await payment:
...         case danmal.Approved(approval_no=no): print("승인", no)
...         case danmal.Unknown() as unknown:     print(unknown.next_step("ko"))
...         case other:                           print(other.text("ko"))

:mod:`danmal.sync` has the same for scripts and threads.
"""

from __future__ import annotations

try:
    from . import _native
except ImportError as error:
    if "subinterpreter" not in str(error):
        raise
    message = "danmal runs in the main interpreter alone: use it there, not in a sub-interpreter"
    raise ImportError(message) from error

from . import sync
from .calls import data_folder, serial_ports, split_vat
from .codes import (
    AlarmKind,
    AmountConvention,
    BodyText,
    Capability,
    ConfirmPolicy,
    ErrorCode,
    EventCode,
    FrameMode,
    Kind,
    LengthRule,
    NotPerformedReason,
    ReceiptCopy,
    Resolving,
    SendText,
    Source,
    StoppedBy,
    TraderType,
    UnknownWhy,
    VatRounding,
    Verdict,
    Work,
)
from .errors import (
    ClosedError,
    ConnectionLostError,
    Error,
    ForkedError,
    HeldByAnotherTillError,
    InternalError,
    InvalidInputError,
    JournalError,
    NotAllowedError,
    NotFoundError,
    QueryTimeoutError,
    QueueFullError,
    RefusedError,
    StillRunningError,
    UnreadableAnswerError,
)
from .events import Event
from .outcomes import (
    Aborted,
    Alarm,
    Approval,
    ApprovalReference,
    Approved,
    Declined,
    Final,
    NotPerformed,
    OperatorVerdict,
    Outcome,
    Resolution,
    Reversed,
    StillUnknown,
    TaxRefundSlip,
    Unknown,
    UnrecognisedOutcome,
)
from .paper import Paper, PrintCommand, ReceiptItem, Shop, receipt
from .profile import Assumptions, Durations, FrameRules, Profile
from .records import (
    Amounts,
    Capabilities,
    CodeEntry,
    CodeTable,
    Diagnosis,
    HistoryEntry,
    Intent,
    LastTransaction,
    Override,
    SalesTotals,
    Seen,
    SerialPort,
    Status,
    TotalsLine,
    UsbAdapter,
    VatSplit,
)
from .requests import TaxRefund, TaxRefundGoods, TaxRefundHotel, TaxRefundMedical, TaxRefundT650P
from .terminal import Events, Operation, Terminal, doctor
from .text import Language, Text
from .transport import Endpoint, Transport

__version__ = _native.version()

__all__ = [
    "Aborted",
    "Alarm",
    "AlarmKind",
    "AmountConvention",
    "Amounts",
    "Approval",
    "ApprovalReference",
    "Approved",
    "Assumptions",
    "BodyText",
    "Capabilities",
    "Capability",
    "ClosedError",
    "CodeEntry",
    "CodeTable",
    "ConfirmPolicy",
    "ConnectionLostError",
    "Declined",
    "Diagnosis",
    "Durations",
    "Endpoint",
    "Error",
    "ErrorCode",
    "Event",
    "EventCode",
    "Events",
    "Final",
    "ForkedError",
    "FrameMode",
    "FrameRules",
    "HeldByAnotherTillError",
    "HistoryEntry",
    "Intent",
    "InternalError",
    "InvalidInputError",
    "JournalError",
    "Kind",
    "Language",
    "LastTransaction",
    "LengthRule",
    "NotAllowedError",
    "NotFoundError",
    "NotPerformed",
    "NotPerformedReason",
    "Operation",
    "OperatorVerdict",
    "Outcome",
    "Override",
    "Paper",
    "PrintCommand",
    "Profile",
    "QueryTimeoutError",
    "QueueFullError",
    "ReceiptCopy",
    "ReceiptItem",
    "RefusedError",
    "Resolution",
    "Resolving",
    "Reversed",
    "SalesTotals",
    "Seen",
    "SendText",
    "SerialPort",
    "Shop",
    "Source",
    "Status",
    "StillRunningError",
    "StillUnknown",
    "StoppedBy",
    "TaxRefund",
    "TaxRefundGoods",
    "TaxRefundHotel",
    "TaxRefundMedical",
    "TaxRefundSlip",
    "TaxRefundT650P",
    "Terminal",
    "Text",
    "TotalsLine",
    "TraderType",
    "Transport",
    "Unknown",
    "UnknownWhy",
    "UnreadableAnswerError",
    "UnrecognisedOutcome",
    "UsbAdapter",
    "VatRounding",
    "VatSplit",
    "Verdict",
    "Work",
    "data_folder",
    "doctor",
    "receipt",
    "serial_ports",
    "split_vat",
    "sync",
]

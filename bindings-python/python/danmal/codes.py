"""The stable codes and names, the same in every language.

Each is text: ``EventCode.SENT == "sent"``. One that this version does not know is kept as it is, with its own text
as its value: a newer core does not break an older program.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "AlarmKind",
    "AmountConvention",
    "BodyText",
    "Capability",
    "ConfirmPolicy",
    "DeclineReason",
    "ErrorCode",
    "EventCode",
    "FrameMode",
    "Kind",
    "LengthRule",
    "NotPerformedReason",
    "OpenEnum",
    "ReceiptCopy",
    "RecoveryWait",
    "Resolving",
    "SendText",
    "Source",
    "StoppedBy",
    "TraderType",
    "UnknownWhy",
    "VatRounding",
    "Verdict",
    "Work",
]


class OpenEnum(str, Enum):
    """Names of which a newer danmal may know more."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether this version of danmal knows it."""
        return self._value_ in type(self)._value2member_map_

    def __str__(self) -> str:
        """Give the name as it is in every language."""
        return str(self._value_)


class ErrorCode(OpenEnum):
    """A stable code for each kind of refusal."""

    INVALID_AMOUNT = "invalidAmount"
    """An amount or a part of it cannot be asked for."""
    INVALID_INSTALLMENT = "invalidInstallment"
    """An instalment count other than 0 and 2 to 36."""
    INVALID_TEXT = "invalidText"
    """Text that is too long, empty where it must not be, or does not fit."""
    INVALID_DATE = "invalidDate"
    """A date that is none."""
    INVALID_ADDRESS = "invalidAddress"
    """An address that makes no sense."""
    INVALID_SETTING = "invalidSetting"
    """A setting outside its range."""
    TOO_LARGE = "tooLarge"
    """A frame that would be larger than the terminal's length field can say."""
    CONVENTION_UNSET = "conventionUnset"
    """A part (tax, tip, tax-free) while the amount convention of this terminal is not set (rule 11)."""
    CLOSED = "closed"
    """The terminal object was closed."""
    FORKED = "forked"
    """The process was forked: the child holds nothing."""
    NOT_ALLOWED = "notAllowed"
    """An operator's word that is not allowed now (rule 4)."""
    NOT_FOUND = "notFound"
    """No operation has this id."""
    TIMEOUT = "timeout"
    """A query got no answer in its time."""
    CONNECTION_LOST = "connectionLost"
    """A query could not be sent or lost its connection."""
    QUEUE_FULL = "queueFull"
    """A query waited too long behind money."""
    REFUSED = "refused"
    """The terminal answered a query with a refusal."""
    UNREADABLE_ANSWER = "unreadableAnswer"
    """The terminal's answer could not be read."""
    JOURNAL = "journal"
    """The journal cannot be opened, read or written."""
    HELD_BY_ANOTHER_TILL = "heldByAnotherTill"
    """The terminal is held by another till."""
    INTERNAL = "internal"
    """A fault inside danmal; the operation that ran is ``Unknown``."""
    STILL_RUNNING = "stillRunning"
    """The time to wait has passed; the operation goes on. Of this language alone."""


class EventCode(OpenEnum):
    """A stable code for each kind of event."""

    WAITING_FOR_CONNECTION = "waitingForConnection"
    """The operation waits for a connection."""
    WAITING_FOR_EARLIER = "waitingForEarlier"
    """The operation waits until an earlier one is resolved."""
    CHECKING_TERMINAL = "checkingTerminal"
    """The terminal is asked for its last transaction before money moves (baseline)."""
    RECORDED = "recorded"
    """The intent is durable (rule 1)."""
    SENT = "sent"
    """The request has left: the customer's turn."""
    SIGNATURE_WAIT = "signatureWait"
    """The terminal waits for a signature (서명대기, 0010)."""
    STILL_PROCESSING = "stillProcessing"
    """The terminal says that it goes on."""
    ANSWERED = "answered"
    """The terminal's final words; they are checked before they become an outcome."""
    CONFIRMING = "confirming"
    """The approval is being confirmed and read back (980001, 990001)."""
    STOP_REQUESTED = "stopRequested"
    """The till asked to stop."""
    STOP_REFUSED = "stopRefused"
    """The terminal cannot stop now (9991, 0001): keep waiting."""
    STOP_ACKNOWLEDGED = "stopAcknowledged"
    """The terminal says that it stopped; its verdict is still awaited."""
    CONNECTION_LOST = "connectionLost"
    """The connection ended while the operation ran: its result is being asked for."""
    RECOVERING = "recovering"
    """The terminal is being asked what became of the operation."""
    RECOVERY_PROGRESS = "recoveryProgress"
    """The terminal is still being asked: what is waited for, and until when, is in ``Event::progress``. It comes
    when recovery begins, when what it waits for changes, and again and again while an end is in sight."""
    UNRESOLVED = "unresolved"
    """The outcome is not known in time; recovery goes on."""
    FINISHED = "finished"
    """An outcome became known."""
    OVERRIDDEN = "overridden"
    """An operator's word on an unresolved operation was journaled."""
    ORDER_STARTS_ANEW = "orderStartsAnew"
    """The order's earlier operation is too old; a new one begins (rule 13)."""
    ALARM = "alarm"
    """Something that a person should look at."""
    FOREIGN_FRAME = "foreignFrame"
    """A frame that belongs to no operation of this till."""
    CONNECTED = "connected"
    """The connection to the terminal stands."""
    DISCONNECTED = "disconnected"
    """The connection to the terminal ended or could not be made."""
    READY = "ready"
    """The terminal accepts work."""
    RECOVERING_EARLIER = "recoveringEarlier"
    """Open operations of an earlier run are being resolved."""
    SAFE_MODE = "safeMode"
    """The journal needs an operator's word (rule 14)."""
    JOURNAL_ACCEPTED = "journalAccepted"
    """An operator accepted the journal."""
    HELD_BY_ANOTHER_TILL = "heldByAnotherTill"
    """Another till holds the terminal, or has this till's journal open."""
    UNREADABLE_BYTES = "unreadableBytes"
    """Bytes that are no frame were skipped or ended the connection."""
    CLOSED = "closed"
    """The terminal object was closed."""


class Kind(OpenEnum):
    """What an operation asks of the terminal."""

    CARD_APPROVAL = "cardApproval"
    """신용승인, 010010."""
    CARD_CANCELLATION = "cardCancellation"
    """신용취소, 010020."""
    EASY_PAY_APPROVAL = "easyPayApproval"
    """간편결제 승인 (QR), 030010."""
    EASY_PAY_CANCELLATION = "easyPayCancellation"
    """간편결제 취소, 030020."""
    CASH_RECEIPT_ISSUE = "cashReceiptIssue"
    """현금영수증 발급, 070010."""
    CASH_RECEIPT_CANCELLATION = "cashReceiptCancellation"
    """현금영수증 취소, 070020."""
    TAX_REFUND_ISSUE = "taxRefundIssue"
    """환급전표 발행, 050010."""
    TAX_REFUND_CANCELLATION = "taxRefundCancellation"
    """환급전표 취소, 050020."""


class StoppedBy(OpenEnum):
    """Who or what stopped an operation."""

    TILL_BEFORE_SENDING = "tillBeforeSending"
    """The till asked before anything was sent."""
    TERMINAL = "terminal"
    """The terminal ended it: the customer, the signature's time, or the till's own request to stop."""


class NotPerformedReason(OpenEnum):
    """Why nothing was performed."""

    NO_CONNECTION = "noConnection"
    """There was no connection in time. ``detail`` says what the system said."""
    TERMINAL_SILENT = "terminalSilent"
    """The terminal is connected and did not answer the question that comes before money."""
    NOT_SENT = "notSent"
    """The connection ended before the first byte of the request."""
    ABSENT = "absent"
    """The terminal is shown, after the fence, to know nothing of it (absence, rule 5)."""
    BUSY = "busy"
    """Another operation of this terminal is running."""
    UNRESOLVED = "unresolved"
    """An earlier operation is unresolved (rule 4)."""
    STOP_PENDING = "stopPending"
    """A request to stop is not answered yet; it could hit this operation instead (rule 9)."""
    HELD_BY_ANOTHER_TILL = "heldByAnotherTill"
    """Another till or another journal holds the terminal."""
    JOURNAL_HELD = "journalHeld"
    """Another till has this journal open: one process writes it at a time."""
    JOURNAL_UNAVAILABLE = "journalUnavailable"
    """The journal could not keep the intent: full, read-only or broken."""
    SAFE_MODE = "safeMode"
    """The journal is damaged, missing or older than the terminal's marker (rule 14)."""
    WRONG_JOURNAL = "wrongJournal"
    """Play money and real money do not share a journal."""
    KEY_REUSED = "keyReused"
    """The key belongs to another operation with other amounts, or to one that is too old (rule 13)."""
    ALREADY_CANCELLED = "alreadyCancelled"
    """A cancellation of this approval stands already, or is unresolved (rule 10)."""
    APPROVAL_NOT_PROVEN = "approvalNotProven"
    """The approval is not proven: its operation did not end ``Approved``."""
    CLOSED = "closed"
    """The terminal object was closed."""
    CANNOT_BE_SAID = "cannotBeSaid"
    """What the operation asks for cannot be said to this terminal."""


class DeclineReason(OpenEnum):
    """What a declined payment's code means."""

    REFUSED = "refused"
    """The payment was refused: the code and the message say why."""
    TERMINAL_BUSY = "terminalBusy"
    """The terminal does something else and took nothing on (0001): it may be asked again once that has ended."""


class RecoveryWait(OpenEnum):
    """What a recovery waits for."""

    CONNECTION = "connection"
    """A connection to the terminal."""
    ANSWER = "answer"
    """The terminal's answer to the question for its last transaction (990001)."""
    LATE_APPROVAL = "lateApproval"
    """The end of the fence: the terminal does not show the payment, and may still charge it until then."""
    CONFIRMATION = "confirmation"
    """The terminal shows the payment; its confirmation is not acknowledged or not read back yet (rules 6, 7)."""
    JOURNAL = "journal"
    """The journal: a row is not written yet."""


class UnknownWhy(OpenEnum):
    """Why an outcome is not known."""

    CONNECTION_LOST = "connectionLost"
    """The connection ended after the request had left."""
    NO_ANSWER = "noAnswer"
    """No answer came in time."""
    UNREADABLE_ANSWER = "unreadableAnswer"
    """An answer came that could not be read or did not name this operation."""
    NOT_PROVEN = "notProven"
    """A final answer was seen and is not proven yet."""
    CONFIRM_PENDING = "confirmPending"
    """It is approved, and the terminal has not acknowledged the confirmation: it may still reverse."""
    JOURNAL_FAILED = "journalFailed"
    """It is approved or ended, and the journal could not keep it."""
    RESTARTED = "restarted"
    """The program ended while it ran."""
    SLIP_ANSWER_LOST = "slipAnswerLost"
    """The answer to a slip was lost: ask by its number (900050), or let an operator decide."""
    SLIP_RESULT_UNCLEAR = "slipResultUnclear"
    """A slip's answer says yes outside and something else inside."""
    INTERNAL_FAULT = "internalFault"
    """A fault inside danmal."""


class Resolving(OpenEnum):
    """How an unknown outcome will be resolved."""

    BY_ITSELF = "byItself"
    """By itself: the terminal is being asked."""
    OPERATOR_AFTER_FENCE = "operatorAfterFence"
    """By itself if the terminal shows it; otherwise an operator decides after the fence."""
    OPERATOR = "operator"
    """An operator decides now, from the slip, the customer's card message or the settlement file."""


class AlarmKind(OpenEnum):
    """What a person should look at."""

    AMOUNT_DIFFERS = "amountDiffers"
    """The approved amount or a part of it is not what was asked (rule 11)."""
    AMOUNT_MISSING = "amountMissing"
    """The answer approves and does not say how much, or not readably."""
    RECORD_DIFFERS = "recordDiffers"
    """The terminal's record of the approval differs from its answer."""
    LATE_APPROVAL = "lateApproval"
    """An approval arrived for an operation that had ended otherwise."""
    FOREIGN_REVERSAL = "foreignReversal"
    """An approved operation is now shown as not approved, without a cancellation of ours."""
    OVERRIDE_CONTRADICTED = "overrideContradicted"
    """What the operator decided is contradicted by what the terminal shows."""
    ASSUMPTION_BROKEN = "assumptionBroken"
    """The terminal answered in a way that its assumptions exclude; the text names the assumption."""


class Verdict(OpenEnum):
    """What an operator says of an unresolved operation."""

    PERFORMED = "performed"
    """It was performed."""
    NOT_PERFORMED = "notPerformed"
    """It was not."""
    UNDECIDED = "undecided"
    """Not decided: only unblocks the terminal."""


class Source(OpenEnum):
    """Where an answer was seen."""

    ANSWER = "answer"
    """The request's own answer."""
    LAST_TRANSACTION = "lastTransaction"
    """990001."""


class Work(OpenEnum):
    """What a terminal can do at this moment."""

    RECOVERING = "recovering"
    """Open operations of an earlier run are being resolved."""
    READY = "ready"
    """A money request would be taken."""
    BUSY = "busy"
    """An operation runs."""
    UNRESOLVED = "unresolved"
    """An operation is unresolved and blocks money."""
    SAFE_MODE = "safeMode"
    """The journal needs an operator's word."""
    HELD_BY_ANOTHER_TILL = "heldByAnotherTill"
    """Another till or journal holds the terminal, or another till has this till's journal open."""
    CLOSED = "closed"
    """The terminal object was closed."""


class Capability(OpenEnum):
    """What is known of one ability."""

    YES = "yes"
    """It was seen to work."""
    NO = "no"
    """It was refused."""
    UNKNOWN = "unknown"
    """Nothing is known yet."""


class TraderType(OpenEnum):
    """Whom a cash receipt is for."""

    INCOME_DEDUCTION = "incomeDeduction"
    """소득공제, ``"1"``: a consumer's income deduction."""
    EXPENSE_PROOF = "expenseProof"
    """지출증빙, ``"2"``: a business's proof of expense."""


class AmountConvention(OpenEnum):
    """What ``priceAmt`` means on the wire."""

    TOTAL = "total"
    """``priceAmt`` is all that the customer pays; tax, tip and tax-free are parts of it."""
    NET = "net"
    """``priceAmt`` is the supply value alone; the customer pays the sum of the four."""


class VatRounding(OpenEnum):
    """How :func:`danmal.split_vat` rounds the tax to whole won."""

    DOWN = "down"
    """Fractions of a won are dropped (절사)."""
    HALF_UP = "halfUp"
    """Half a won and more is rounded up (반올림)."""


class ConfirmPolicy(OpenEnum):
    """When 980001 is sent."""

    EVERY_FINAL_ANSWER = "everyFinalAnswer"
    """After every final answer of 010010 to 070020, declines included."""
    APPROVALS = "approvals"
    """After approvals only."""


class FrameMode(OpenEnum):
    """What happens where declared length and body differ."""

    TOLERANT = "tolerant"
    """The true end of the JSON body counts; the declared length is a hint that is compared and learnt."""
    STRICT = "strict"
    """A declared length that does not fit ``FrameRules::length_counts`` ends the connection."""


class BodyText(OpenEnum):
    """How the bytes of a received body are read as text."""

    AUTO = "auto"
    """UTF-8 where the bytes are valid UTF-8, else CP949."""
    UTF8 = "utf8"
    """UTF-8 only."""
    CP949 = "cp949"
    """CP949 (EUC-KR with its Microsoft extension) only."""


class SendText(OpenEnum):
    """How text that is not ASCII leaves in a request."""

    ESCAPED = "escaped"
    """As ``\\uXXXX``: then characters, UTF-8 bytes and CP949 bytes are the same number."""
    UTF8 = "utf8"
    """As UTF-8."""
    CP949 = "cp949"
    """As CP949; a character that it lacks is escaped."""


class LengthRule(OpenEnum):
    """What the four digits of the header count where there is a body."""

    BYTES = "bytes"
    """The six digits of the code and the bytes of the body."""
    CHARACTERS = "characters"
    """The six digits of the code and the characters of the body."""
    BODY_BYTES = "bodyBytes"
    """The bytes of the body alone."""
    BODY_CHARACTERS = "bodyCharacters"
    """The characters of the body alone."""
    PLACEHOLDER = "placeholder"
    """Nothing: the device prints a placeholder. Even the strict mode does not compare it."""


class ReceiptCopy(OpenEnum):
    """For whom a receipt is printed."""

    CUSTOMER = "customer"
    """고객용."""
    MERCHANT = "merchant"
    """가맹점용: with the raw fields that a later cancellation is typed from."""

"""What a call refuses by itself, before anything was sent or journaled.

Everything else that can happen to an operation is an outcome: a value, never an exception.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from . import _native
from .codes import ErrorCode
from .text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ClosedError",
    "ConnectionLostError",
    "Error",
    "ForkedError",
    "HeldByAnotherTillError",
    "InternalError",
    "InvalidInputError",
    "JournalError",
    "NotAllowedError",
    "NotFoundError",
    "QueryTimeoutError",
    "QueueFullError",
    "RefusedError",
    "StillRunningError",
    "UnreadableAnswerError",
]


class Error(Exception):
    """The base of every exception of danmal. It carries no card or personal data."""

    code: ErrorCode
    """The stable code, the same in every language."""
    field: str | None
    """The field, in the words of the wire (``taxFree``), where there is one."""
    problem: str
    """What was wrong."""
    accepted: str
    """What is accepted, or what to do."""
    text: Text
    """The sentence for the screen: ``error.text("ko")``."""

    def __init__(
        self, code: ErrorCode, field: str | None, problem: str, accepted: str, text: Text | None = None
    ) -> None:
        """Make one of its parts."""
        self.code = code
        self.field = field
        self.problem = problem
        self.accepted = accepted
        sentence = f"{problem}; {accepted}" if field is None else f"{field}: {problem}; accepted: {accepted}"
        self.text = text or Text(ko=sentence, en=sentence)
        super().__init__(sentence)

    def __reduce__(self) -> tuple[type[Error], tuple[Any, ...]]:
        """Cross to another process."""
        return type(self), (self.code, self.field, self.problem, self.accepted, self.text)


class InvalidInputError(Error, ValueError):
    """An amount, a text, a date, an address or a setting that cannot be taken; ``field`` names it."""


class ClosedError(Error):
    """The terminal was closed."""


class ForkedError(Error):
    """The process was forked from the one that uses danmal: the child holds nothing."""


class NotAllowedError(Error):
    """An operator's word that is not allowed now."""


class NotFoundError(Error, LookupError):
    """No operation has this id."""


class QueryTimeoutError(Error):
    """A query got no answer in its time."""


class ConnectionLostError(Error):
    """A query could not be sent, or lost its connection."""


class QueueFullError(Error):
    """A query waited too long behind money."""


class RefusedError(Error):
    """The terminal refused a query."""


class UnreadableAnswerError(Error):
    """The terminal's answer to a query could not be read."""


class JournalError(Error):
    """The journal cannot be opened, read or written."""


class HeldByAnotherTillError(Error):
    """Another till holds the terminal."""


class InternalError(Error):
    """A fault inside danmal. An operation that ran is ``Unknown``."""


class StillRunningError(Error, TimeoutError):
    """The time to wait has passed and nothing is said of the operation: it goes on."""


_CLASSES: dict[str, type[Error]] = {
    ErrorCode.CLOSED: ClosedError,
    ErrorCode.FORKED: ForkedError,
    ErrorCode.NOT_ALLOWED: NotAllowedError,
    ErrorCode.NOT_FOUND: NotFoundError,
    ErrorCode.TIMEOUT: QueryTimeoutError,
    ErrorCode.CONNECTION_LOST: ConnectionLostError,
    ErrorCode.QUEUE_FULL: QueueFullError,
    ErrorCode.REFUSED: RefusedError,
    ErrorCode.UNREADABLE_ANSWER: UnreadableAnswerError,
    ErrorCode.JOURNAL: JournalError,
    ErrorCode.HELD_BY_ANOTHER_TILL: HeldByAnotherTillError,
    ErrorCode.INTERNAL: InternalError,
    ErrorCode.INVALID_AMOUNT: InvalidInputError,
    ErrorCode.INVALID_INSTALLMENT: InvalidInputError,
    ErrorCode.INVALID_TEXT: InvalidInputError,
    ErrorCode.INVALID_DATE: InvalidInputError,
    ErrorCode.INVALID_ADDRESS: InvalidInputError,
    ErrorCode.INVALID_SETTING: InvalidInputError,
    ErrorCode.TOO_LARGE: InvalidInputError,
    ErrorCode.CONVENTION_UNSET: InvalidInputError,
}


P = ParamSpec("P")
T = TypeVar("T")


def told(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the native half, and raise what it refuses as an exception of this package.

    No code of Python's runs inside the native half: an interpreter that ends would end the thread in there.
    """
    try:
        return call(*args, **kwargs)
    except _native.Refusal as refusal:
        raise _of_json(str(refusal)) from None


def _of_json(shown: str) -> Error:
    """Make the exception of a refusal, as the native half shows it."""
    error = json.loads(shown)
    code = ErrorCode(error["code"])
    kind = _CLASSES.get(code, Error)
    text = error["text"]
    return kind(code, error.get("field"), error["problem"], error["accepted"], Text(ko=text["ko"], en=text["en"]))


def still_running() -> StillRunningError:
    """Say that the time to wait has passed."""
    return StillRunningError(
        ErrorCode.STILL_RUNNING,
        None,
        "no outcome in the time to wait",
        "wait again: the operation goes on",
        Text(ko="아직 진행 중입니다. 기다려 주세요", en="still running, please wait"),
    )

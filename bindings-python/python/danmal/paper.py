"""What the terminal prints (900091, 프린트출력), the receipt of an outcome, and how it will look."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import _native, _wire
from .codes import ErrorCode, ReceiptCopy
from .errors import told
from .outcomes import Outcome, outcome_to_wire

if TYPE_CHECKING:
    from datetime import datetime

    from .outcomes import ApprovalReference
    from .records import Amounts
    from .text import Language

__all__ = ["Paper", "PrintCommand", "ReceiptItem", "Shop", "receipt"]


@dataclass(frozen=True, slots=True)
class PrintCommand:
    """One line or mark on the paper. Its ``repr`` is its word alone: what is printed may name a customer."""

    command: str
    """``logo``, ``line``, ``cuttingLine``, ``br``, ``left``, ``right``, ``text2`` or ``text3``."""
    font_size: int | None = field(default=None, repr=False)
    """The size of its text, 8 to 72 px; None for a mark."""
    message: tuple[str, ...] | None = field(default=None, repr=False)
    """Its columns, each at most 200 characters; None for a mark."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What is printed, from top to bottom. Each call gives a new paper with one more line.

    >>> paper = Paper().left(28, "영수증").rule().columns(20, "합계", "9,000원").blank().cut()
    """

    font_family: str = "Noto Sans Korean"
    """The font, at most 64 characters."""
    alert: bool = False
    """The field ``alert``, whose meaning the vendor's catalogue leaves open."""
    commands: tuple[PrintCommand, ...] = ()
    """What is printed."""

    def _with(self, *commands: PrintCommand) -> Paper:
        return replace(self, commands=self.commands + commands)

    def logo(self) -> Paper:
        """Add the shop's logo, as the terminal holds it."""
        return self._with(PrintCommand("logo"))

    def left(self, font_size: int, text: str) -> Paper:
        """Add text on the left."""
        return self._with(PrintCommand("left", font_size, (text,)))

    def right(self, font_size: int, text: str) -> Paper:
        """Add text on the right."""
        return self._with(PrintCommand("right", font_size, (text,)))

    def columns(self, font_size: int, first: str, second: str, third: str | None = None) -> Paper:
        """Add two or three columns."""
        if third is None:
            return self._with(PrintCommand("text2", font_size, (first, second)))
        return self._with(PrintCommand("text3", font_size, (first, second, third)))

    def rule(self) -> Paper:
        """Add a horizontal rule."""
        return self._with(PrintCommand("line"))

    def blank(self) -> Paper:
        """Add an empty line."""
        return self._with(PrintCommand("br"))

    def cut(self) -> Paper:
        """Add the mark along which the paper is cut."""
        return self._with(PrintCommand("cuttingLine"))

    def then(self, below: Paper) -> Paper:
        """Add what is on another paper; font and alert stay this one's."""
        return self._with(*below.commands)

    def preview(self, columns: int = 42) -> str:
        """Show it as text, so many half-width characters wide."""
        return told(_native.preview_text, _wire.dumps(_wire.write(self)), _size("columns", columns))

    def preview_svg(self, width: int = 384) -> str:
        """Show it as a picture (SVG), so many pixels wide."""
        return told(_native.preview_svg, _wire.dumps(_wire.write(self)), _size("width", width))

    @classmethod
    def _of_wire(cls, value: dict[str, Any]) -> Paper:
        """Read it."""
        return cls(
            font_family=value["fontFamily"],
            alert=value["alert"],
            commands=tuple(_wire.read(PrintCommand, command) for command in value["commands"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Whose receipt it is. What is empty is not printed."""

    name: str = ""
    """The shop's name (상호), at most 100 characters."""
    business_no: str = ""
    """The business registration number (사업자번호); ten digits are printed as ``123-45-67890``."""
    address: str = field(default="", repr=False)
    """The address (주소), at most 100 characters."""
    phone: str = field(default="", repr=False)
    """The telephone number (전화), at most 20 characters."""
    owner: str = field(default="", repr=False)
    """The owner's name (대표자), at most 100 characters."""


@dataclass(frozen=True, slots=True)
class ReceiptItem:
    """One line of what was bought."""

    name: str
    """Its name, 1 to 100 characters."""
    quantity: int
    """How many, 1 to 999,999."""
    price: int
    """The price of one in won, tax included; negative for a discount."""


def receipt(
    outcome: Outcome,
    *,
    shop: Shop | None = None,
    items: Iterable[ReceiptItem] = (),
    parts: Amounts | None = None,
    original: ApprovalReference | None = None,
    copy: ReceiptCopy = ReceiptCopy.CUSTOMER,
    reprint: bool = False,
    logo: bool = False,
    language: Language = "ko",
    printed_at: datetime | None = None,
    footer: Iterable[str] = (),
) -> Paper:
    """Make the paper of an outcome: a receipt where it is approved, a note that says so otherwise.

    Whether it was play money (모의) is the outcome's, and printed.

    :param items: what was bought, at most 1,000 lines.
    :param parts: the parts of the amount as the till computed them, where the terminal was not told.
    :param original: the approval that was undone, for a cancellation's receipt.
    :param copy: for the customer (고객용) or the merchant (가맹점용).
    :param reprint: it was printed before (재발행).
    :param logo: print the logo that the terminal holds.
    :param printed_at: when it is printed; Korea's time is printed.
    :param footer: lines at the end, at most 20 of at most 100 characters.
    """
    options: dict[str, Any] = {
        "items": _wire.write(tuple(items)),
        "copy": copy,
        "reprint": reprint,
        "logo": logo,
        "language": language,
        "footer": list(footer),
    }
    for name, value in (("shop", shop), ("parts", parts), ("original", original), ("printedAt", printed_at)):
        if value is not None:
            options[name] = _wire.write(value)
    return Paper._of_wire(  # noqa: SLF001
        json.loads(told(_native.paper, outcome_to_wire(outcome), _wire.dumps(options)))
    )


def _size(field: str, value: int) -> int:
    if not 1 <= value <= 10_000:  # noqa: PLR2004
        raise _wire.refused(ErrorCode.INVALID_SETTING, field, str(value), "1 to 10000")
    return value

"""Tax-refund slips, whose requests differ from device to device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

__all__ = ["TaxRefund", "TaxRefundGoods", "TaxRefundHotel", "TaxRefundMedical", "TaxRefundT650P"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRefundT650P:
    """A slip of a T650P."""

    device: ClassVar[str] = "t650p"

    approval_amt: int
    """The approved amount, won."""
    sales_serial: int
    """The sale's serial number."""
    mode: str = "post"
    """``post`` in the catalogue's example."""
    payment_type: str = "card"
    """``card`` in the catalogue's example."""
    qr_service_code: str = ""
    """The QR service, may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRefundMedical:
    """A slip of a P3MIX for medical services (의료)."""

    device: ClassVar[str] = "p3mixMedical"

    sales_serial: str
    """The sale's serial or the transaction number."""
    card_amount: int = 0
    """Paid by card, won."""
    cash_amount: int = 0
    """Paid in cash, won."""
    etc_amount: int = 0
    """Paid otherwise, won."""
    facilitator_number: str = ""
    """The facilitator's number (유치업자)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRefundGoods:
    """A slip of a P3MIX for goods (물품)."""

    device: ClassVar[str] = "p3mixGoods"

    sales_serial: str
    """The sale's serial or the transaction number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRefundHotel:
    """A slip of a P3MIX for hotels (호텔)."""

    device: ClassVar[str] = "p3mixHotel"

    check_in: str
    """``yyMMdd``."""
    check_out: str
    """``yyMMdd``."""
    sales_serial: str
    """The sale's serial or the transaction number."""


TaxRefund: TypeAlias = TaxRefundT650P | TaxRefundMedical | TaxRefundGoods | TaxRefundHotel
"""A tax-refund slip to issue."""

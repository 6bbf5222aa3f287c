"""Calls that need no terminal."""

from __future__ import annotations

import json

from . import _native, _wire
from .codes import AmountConvention, ErrorCode, VatRounding
from .errors import told
from .records import SerialPort, VatSplit

__all__ = ["data_folder", "serial_ports", "split_vat"]

_LARGEST = 63


def data_folder() -> str:
    """Say where journals and the claims on terminals are kept, unless a terminal is given another folder."""
    return _native.data_folder()


def serial_ports() -> list[SerialPort]:
    """List the serial ports of this machine."""
    return [_wire.read(SerialPort, port) for port in json.loads(told(_native.serial_ports))]


def split_vat(
    amount: int,
    *,
    rounding: VatRounding,
    convention: AmountConvention,
    tax_free: int = 0,
    tip: int = 0,
) -> VatSplit:
    """Split a price that includes value added tax.

    Of the amount, ``tax_free`` and ``tip`` bear no tax, and of the rest one eleventh is the tax.

    :param rounding: how the tax becomes whole won.
    :param convention: what ``priceAmt`` means on this terminal; there is no default.
    """
    for field, value in (("amount", amount), ("taxFree", tax_free), ("tip", tip)):
        if not isinstance(value, int) or isinstance(value, bool) or value.bit_length() > _LARGEST:
            raise _wire.refused(ErrorCode.INVALID_AMOUNT, field, "not a whole number in range", "a whole number of won")
    rounding_json, convention_json = (json.dumps(str(name)) for name in (rounding, convention))
    split = told(_native.split_vat, amount, tax_free, tip, rounding_json, convention_json)
    return _wire.read(VatSplit, json.loads(split))

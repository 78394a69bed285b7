"""How numbers are written on screen. components/shared/numbers.js says the same for the browser; one test holds both to it."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

MINUS, THIN = "\u2212", "\u202f"
"""Between thousands: narrow, and no line breaks at it."""


def fmt_value(value: float, *, signed: bool = True) -> str:
    """A state, gate or weight: three decimals, with its sign unless it has none by nature."""
    if not math.isfinite(value):
        return fmt_odd(value)
    text = _fixed(abs(value), 3)
    if not signed:
        return text
    return (MINUS if value < 0 and float(text) else "+") + text if float(text) else "0.000"


def fmt_small(value: float) -> str:
    """A gradient, norm or rate: three significant digits, scientific outside 1e-3 … 1e4."""
    if not math.isfinite(value):
        return fmt_odd(value)
    if value == 0:
        return "0"
    size = abs(value)
    text = f"{size:.2e}" if size < 1e-3 or size >= 1e4 else f"{size:.3g}"
    return (MINUS if value < 0 else "") + text.replace("-", MINUS)


def fmt_prob(value: float) -> str:
    """A probability as per cent with one decimal, never rounded to nothing."""
    if not math.isfinite(value):
        return fmt_odd(value)
    if 0 < value < 0.001:
        return "<0.1 %"
    if 0.9995 <= value < 1:
        return ">99.9 %"
    return f"{_fixed(100 * value, 1)} %"


def fmt_bits(value: float, words: str = "{value} bits") -> str:
    """Information, with its unit, never rounded to nothing. `words` says where the unit stands, in the reader's language."""
    if not math.isfinite(value):
        return fmt_odd(value)
    return words.format(value="<0.01" if 0 < value < 0.005 else _fixed(value, 2))


def fmt_count(value: int) -> str:
    return f"{value:,}".replace(",", THIN)


def _fixed(value: float, decimals: int) -> str:
    """Return a number with so many decimals, ties away from zero, as the browser's toFixed does."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def fmt_odd(value: float) -> str:
    """What stands for a value that is not finite."""
    return "NaN" if math.isnan(value) else ("∞" if value > 0 else MINUS + "∞")

"""Numbers as a reader likes them: few digits, units, a true minus sign."""

from __future__ import annotations

import math

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PERCENT = "\u202f%"
"""A percent sign, and the narrow space before it at which no line breaks."""

_FRACTIONS = {"f1", "iou", "mean_iou", "dice", "precision", "recall", "calibration_error"}


def is_fraction(metric: str) -> bool:
    """Return whether a metric is a share of a whole, which is shown in percent."""
    return metric.endswith("accuracy") or metric.startswith("top_") or metric in _FRACTIONS


def metric_name(metric: str, positive: str | None) -> str:
    """Return what a metric is called: dice of '255' where it is of one of two classes."""
    from shoal.training import metrics

    return metrics.metric_name(metric, None if positive is None else shortened(positive, 24))


def metric_text(metric: str, value: float | None, digits: int = 1) -> str:
    """Return a metric's value: in percent for a share, else four significant digits."""
    if value is None or not math.isfinite(value):
        return "–"
    if is_fraction(metric):
        return f"{100 * value:.{digits}f}{PERCENT}".replace("-", "−")
    return number_text(value)


def spread_text(metric: str, mean: float, std: float) -> str:
    """Return mean ± standard deviation with as many digits for both."""
    if not (math.isfinite(mean) and math.isfinite(std)):
        return metric_text(metric, mean)
    if is_fraction(metric):
        digits = 2 if std < 0.001 else 1
        return f"{100 * mean:.{digits}f} ± {100 * std:.{digits}f}{PERCENT}"
    smallest = min((abs(v) for v in (mean, std) if v), default=1.0)
    if smallest < 1e-4 or abs(mean) >= 1e5:
        return f"{number_text(mean)} ± {number_text(std)}"
    digits = max(0, 1 - math.floor(math.log10(std or abs(mean) or 1)))
    return f"{mean:.{digits}f} ± {std:.{digits}f}".replace("-", "−")


def number_text(value: object, digits: int = 4) -> str:
    """Return a number with `digits` significant digits; anything else as its text."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "–" if value is None else str(value)
    if isinstance(value, int):
        return grouped(value)
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e7):
        mantissa, exponent = f"{value:.{max(0, digits - 2)}e}".split("e")
        mantissa = f"{float(mantissa):g}"
        power = f"10{str(int(exponent)).translate(_SUPERSCRIPT)}"
        return (power if mantissa == "1" else f"{mantissa}×{power}").replace("-", "−")
    if size >= 1e4:
        return grouped(round(value))
    shown = f"{value:.{digits}g}"
    return shown.replace("-", "−")


def grouped(value: int) -> str:
    """Return an integer with thin spaces between groups of three digits."""
    if abs(value) >= 10**15:
        return f"{value:.3g}"
    shown = f"{value:,}" if abs(value) >= 10_000 else str(value)
    return shown.replace(",", "\u202f").replace("-", "−")


def power_text(exponent: int) -> str:
    """Return a power of ten: 0.01, 1, 100, or 10⁻⁵ where digits would be too many."""
    if -4 <= exponent <= 0:
        return f"{10.0**exponent:.{-exponent}f}"
    if 0 < exponent <= 4:
        return grouped(10**exponent)
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


def duration_text(seconds: float | None) -> str:
    """Return a time: 850 ms, 12.3 s, 1 min 24 s, 2 h 05 min."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def plural(count: int, singular: str, several: str | None = None) -> str:
    """Return a count with its noun: 1 trial, 3 trials."""
    return f"{grouped(count)} {singular if count == 1 else several or singular + 's'}"


def listed(parts: list[str]) -> str:
    """Return parts as a sentence has them: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def shortened(name: str, length: int) -> str:
    """Return a name of at most `length` characters, its middle left out where it is longer."""
    if len(name) <= length:
        return name
    tail = (length - 1) // 2
    return f"{name[: length - 1 - tail]}…{name[len(name) - tail :]}"


def epochs_text(first: int, last: int) -> str:
    """Return a stretch of epochs: its number, or its first and last."""
    return str(first) if first == last else f"{first} to {last}"

"""Metrics as the report writes them: shares in percent; names and lists in its sentences."""

from __future__ import annotations

import math

from shoal.utils.text import grouped, number_text, shortened
from shoal.utils.text import spread_text as plain_spread_text

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PERCENT = "\u202f%"
"""A percent sign, and the narrow space before it at which no line breaks."""

_FRACTIONS = {"f1", "iou", "mean_iou", "dice", "precision", "recall", "calibration_error"}


def is_fraction(metric: str) -> bool:
    """Return whether a metric is a share of a whole, which is shown in percent."""
    return metric.endswith("accuracy") or metric.startswith("top_") or metric in _FRACTIONS


def metric_name(metric: str, positive: str | None) -> str:
    """Return what a metric is called: dice of '255' where it is of one of two classes."""
    from shoal import metrics

    return metrics.metric_name(metric, None if positive is None else shortened(positive, 24))


def metric_text(metric: str, value: float | None, digits: int = 1) -> str:
    """Return a metric's value: in percent for a share, else four significant digits."""
    if value is None or not math.isfinite(value):
        return "–"
    if is_fraction(metric):
        return f"{100 * value:.{digits}f}{PERCENT}"
    return number_text(value)


def spread_text(metric: str, mean: float, std: float) -> str:
    """Return mean ± standard deviation with as many digits for both."""
    if not (math.isfinite(mean) and math.isfinite(std)):
        return metric_text(metric, mean)
    if is_fraction(metric):
        digits = 2 if std < 0.001 else 1
        return f"{100 * mean:.{digits}f} ± {100 * std:.{digits}f}{PERCENT}"
    return plain_spread_text(mean, std)


def power_text(exponent: int) -> str:
    """Return a power of ten: 0.01, 1, 100, or 10⁻⁵ where digits would be too many."""
    if -4 <= exponent <= 0:
        return f"{10.0**exponent:.{-exponent}f}"
    if 0 < exponent <= 4:
        return grouped(10**exponent)
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


def listed(parts: list[str]) -> str:
    """Return parts as a sentence has them: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def epochs_text(first: int, last: int) -> str:
    """Return a stretch of epochs: its number, or its first and last."""
    return str(first) if first == last else f"{first} to {last}"

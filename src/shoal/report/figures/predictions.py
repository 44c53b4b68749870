"""What the winner predicted against what was true."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from shoal.report.facts import Facts, mapping, real, sequence
from shoal.report.figures.frame import Frame, Scale, dot, left_margin, picture, span, x_axis, y_axis
from shoal.report.markup import Markup, tag
from shoal.report.wording import PERCENT
from shoal.utils.text import grouped, number_text, shortened

_MAX_WRITTEN = 16
"""Up to this many classes a cell has its numbers written in it; else they are in its tooltip."""

_MAX_DRAWN = 60
"""Up to this many classes the matrix is drawn; of more its mistakes are listed."""

_MAX_CLASSES = 5000

_READABLE = 480.0
"""Pixels below which a wide matrix is scrolled rather than made smaller; small ones stay so."""


@dataclass(frozen=True)
class Confusion:
    """Counts of shape (classes, classes), rows true; with the names of the classes."""

    counts: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many examples were classified."""
        return sum(map(sum, self.counts))

    @property
    def correct(self) -> int:
        """How many got their own class."""
        return sum(row[i] for i, row in enumerate(self.counts))

    @property
    def drawn(self) -> bool:
        """Whether there are so few classes that the matrix can be read as a picture."""
        return len(self.names) <= _MAX_DRAWN

    def share(self, true: int, predicted: int) -> float:
        """Return which share of a true class was given a predicted one."""
        return self.counts[true][predicted] / max(1, sum(self.counts[true]))

    def mistakes(self) -> list[tuple[int, int, int]]:
        """Return (count, true, predicted) of the mistakes that were made, most frequent first."""
        found = [
            (-count, i, j)
            for i, row in enumerate(self.counts)
            for j, count in enumerate(row)
            if i != j and count
        ]
        return [(-count, i, j) for count, i, j in sorted(found)]

    def hardest(self) -> int:
        """Return the class of which the smallest share was recognized."""
        present = [i for i, row in enumerate(self.counts) if sum(row)]
        return min(present, key=lambda i: self.share(i, i), default=0)


def read_confusion(facts: Facts) -> Confusion | None:
    """Return the winner's confusion matrix, or None where there is none that makes sense."""
    rows = [[real(cell) for cell in sequence(row)] for row in
            sequence(facts.result.get("confusion"))]  # fmt: skip
    size = len(rows)
    if not 2 <= size <= _MAX_CLASSES:
        return None
    if any(len(row) != size or any(c is None or c < 0 for c in row) for row in rows):
        return None
    given = sequence(facts.result.get("classes")) or sequence(facts.header.dataset.get("classes"))
    names = [str(name) for name in given] if len(given) == size else [str(i) for i in range(size)]
    counts = tuple(tuple(int(cell or 0) for cell in row) for row in rows)
    return Confusion(counts, tuple(names)) if sum(map(sum, counts)) else None


def draw_confusion(confusion: Confusion) -> Markup:
    """Return the matrix: each cell its count and its percentage of the row."""
    size = len(confusion.names)
    written = size <= _MAX_WRITTEN
    cell = max(10.0, min(64.0, 560 / size)) if not written else max(44.0, min(64.0, 560 / size))
    longest = min(14, max(map(len, confusion.names)))
    left, top = 44.0 + 7.8 * longest, 62.0
    slanted = cell < 7.4 * longest + 6
    if slanted:
        top += 4.6 * longest
    width, height = left + cell * size + 62, top + cell * size + 12
    where = (left, top, cell)
    return tag(
        "svg",
        _titles(left, top, cell * size),
        [_column_name(name, j, where, slanted) for j, name in enumerate(confusion.names)],
        [_row(confusion, i, where, written) for i in range(size)],
        class_="picture confusion",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        style=f"max-width:{width:.0f}px;min-width:{min(width, _READABLE):.0f}px",
        role="img",
        aria_label=(
            f"Confusion matrix of {size} classes: {confusion.correct} of "
            f"{confusion.total} examples on the diagonal"
        ),
        xmlns="http://www.w3.org/2000/svg",
    )


def _titles(left: float, top: float, side: float) -> Markup:
    turned = f"rotate(-90 14 {top + side / 2:.0f})"
    return tag("g",
        tag("text", "predicted class", x=left + side / 2, y=16, class_="title middle"),
        tag("text", "true class", x=14, y=top + side / 2, class_="title middle",
            transform=turned),
        tag("text", "found", x=left + side + 8, y=top - 10, class_="tick"),
    )  # fmt: skip


def _column_name(name: str, j: int, where: tuple[float, float, float], slanted: bool) -> Markup:
    left, top, cell = where
    x, y = left + (j + 0.5) * cell, top - 10
    if not slanted:
        return tag("text", shortened(name, 14), x=x, y=y, class_="label middle")
    font = _font(cell)
    x += font / 3 if cell < 20 else 0  # upright where they would otherwise overlap
    turn = f"rotate({-90 if cell < 20 else -45} {x:.1f} {y:.1f})"
    style = f"font-size:{font:g}px"
    return tag("text", shortened(name, 14), x=x, y=y, class_="label", transform=turn, style=style)


def _font(cell: float) -> float:
    return min(13.0, max(7.0, cell * 0.8))


def _row(confusion: Confusion, i: int, where: tuple[float, float, float], written: bool) -> Markup:
    left, top, cell = where
    y = top + (i + 0.5) * cell
    font = _font(cell)
    name, found = shortened(confusion.names[i], 14), f"{100 * confusion.share(i, i):.1f}{PERCENT}"
    side = left + cell * len(confusion.names) + 8
    return tag("g",
        tag("text", name, x=left - 8, y=y + 4, class_="label end", style=f"font-size:{font:g}px"),
        [_cell(confusion, i, j, where, written) for j in range(len(confusion.names))],
        tag("text", found, x=side, y=y + 4, class_="tick", style=f"font-size:{font:g}px"),
    )  # fmt: skip


def _short(count: int) -> str:
    """A count that a cell has room for: 12,523, 573k, 12.4M; the tooltip has it in full."""
    if count < 100_000:
        return grouped(count)
    value, unit = (count / 1e3, "k") if count < 999_500 else (count / 1e6, "M")
    return f"{value:.3g}{unit}" if value < 999.5 else f"{value:,.0f}{unit}"


def _cell(
    confusion: Confusion, i: int, j: int, where: tuple[float, float, float], written: bool
) -> Markup:
    left, top, cell = where
    count, share = confusion.counts[i][j], confusion.share(i, j)
    x, y = left + j * cell, top + i * cell
    true, predicted = confusion.names[i], confusion.names[j]
    tip = f"true {true}, predicted {predicted}: {grouped(count)}"
    tip += f" ({100 * share:.1f}{PERCENT} of the row)"
    # Mistakes are rare: the root keeps one in a hundred visible.
    strength = 0.55 * share if i == j else 0.75 * math.sqrt(share)
    numbers = None
    if written and count:
        numbers = [
            tag("text", _short(count), x=x + cell / 2, y=y + cell / 2, class_="count middle"),
            tag("text", f"{100 * share:.1f}{PERCENT}", x=x + cell / 2, y=y + cell / 2 + 14,
                class_="percent middle"),
        ]  # fmt: skip
    return tag("g",
        tag("title", tip),
        tag("rect", x=x + 1, y=y + 1, width=cell - 2, height=cell - 2, rx=min(4.0, cell / 8),
            class_="cell"),
        tag("rect", x=x + 1, y=y + 1, width=cell - 2, height=cell - 2, rx=min(4.0, cell / 8),
            class_="right" if i == j else "wrong", fill_opacity=strength) if count else None,
        numbers,
    )  # fmt: skip


_MAX_DOTS = 2000


@dataclass(frozen=True)
class Fit:
    """True and predicted values of the test split, both of shape (examples,)."""

    true: np.ndarray[Any, np.dtype[np.float64]]
    predicted: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def error(self) -> float:
        """Root mean squared error."""
        return float(np.sqrt(np.mean((self.predicted - self.true) ** 2)))

    @property
    def explained(self) -> float | None:
        """Share of the variance explained, R²; None where the true values are all alike."""
        spread = float(np.mean((self.true - np.mean(self.true)) ** 2))
        return None if spread == 0 else 1 - self.error**2 / spread


def read_fit(facts: Facts) -> Fit | None:
    """Return the winner's predictions, or None where none were stored."""
    stored = mapping(facts.result.get("scatter"))
    pairs = [
        (true, predicted)
        for a, b in zip(sequence(stored.get("true")), sequence(stored.get("predicted")))  # noqa: B905
        if (true := real(_only(a))) is not None and (predicted := real(_only(b))) is not None
    ]
    if not pairs:
        return None
    columns = np.array(pairs, dtype=np.float64)
    return Fit(columns[:, 0], columns[:, 1])


def draw_fit(fit: Fit, width: float) -> Markup:
    """Return the scatter: on the diagonal a prediction is right."""
    side = min(width, 560.0)
    ends = span([*fit.true, *fit.predicted])
    y = Scale(*ends, 0, 1)
    frame = Frame(side, side, left=left_margin(y))
    x, y = Scale(*ends, *frame.x), Scale(*ends, *frame.y)
    every = -(-len(fit.true) // _MAX_DOTS)
    pairs = list(zip(fit.true.tolist(), fit.predicted.tolist(), strict=True))[::every]
    return picture(
        frame,
        f"Predicted against true values of {len(pairs)} test examples",
        y_axis(frame, y, "predicted value"),
        x_axis(frame, x, "true value"),
        tag("line", x1=x.start, y1=y.start, x2=x.end, y2=y.end, class_="ideal"),
        [_dot(true, predicted, x, y) for true, predicted in pairs],
        class_="fit",
    )


def _dot(true: float, predicted: float, x: Scale, y: Scale) -> Markup:
    tip = f"true {number_text(true)}, predicted {number_text(predicted)}"
    return tag("g", tag("title", tip), dot(x(true), y(predicted), 3))


def _only(value: Any) -> Any:
    """A regression with one output may store each value as a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value

"""A table's cells, kept as the text that they were.

They are one array of bytes, since as objects they take six times the memory. A cell ends with a
zero byte, which no text holds (`shoal.data.io.decoding` refuses it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice, pairwise
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

END = "\0"

BLOCK = 1 << 13
"""Rows that are objects at a time."""

FIELDS = 1 << 19
"""Fields that are objects at a time, about."""

_END = END.encode()
_SOUND = "surrogatepass"
"""Halves of pairs of surrogates, which a cell may hold, come back as they were."""

_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())


class CellColumn(Sequence[str]):
    """The cells of a column, strings; slices and selections are columns again.

    Attributes:
        data: the cells in UTF-8, a zero byte behind each.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._count = data.count(_END)

    @classmethod
    def of(cls, cells: Iterable[str]) -> CellColumn:
        """The column of these cells, none of which holds a zero byte."""
        return cls(_packed(list(cells)))

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> CellColumn: ...

    def __getitem__(self, at: int | slice) -> str | CellColumn:
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            if step != 1:
                return self.take(np.arange(start, stop, step))
            return CellColumn(self.data[self._start(start) : self._start(max(start, stop))])
        row = at + len(self) if at < 0 else at
        if not 0 <= row < len(self):
            raise IndexError(f"row {at} of {len(self)}")
        return self.data[self._start(row) : self._start(row + 1) - 1].decode("utf-8", _SOUND)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self.blocks())

    def blocks(self) -> Iterator[list[str]]:
        """The cells as strings, some rows at a time; equal ones too are an object each."""
        for start, end in pairwise(self._block_starts):
            cells = self.data[start:end].decode("utf-8", _SOUND).split(END)
            cells.pop()  # behind the last zero byte
            yield cells

    def tolist(self) -> list[str]:
        """The cells as strings, equal ones one object."""
        shared: dict[str, str] = {}
        return [shared.setdefault(cell, cell) for cell in self]

    def take(self, rows: npt.NDArray[np.int64]) -> CellColumn:
        """These rows' cells."""
        starts = np.append(self.starts, len(self.data))
        each = zip(starts[rows].tolist(), starts[rows + 1].tolist(), strict=True)
        return CellColumn(b"".join(self.data[start:end] for start, end in each))

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """Where in the data each cell begins; not kept, for it may take more than the data."""
        ends = np.flatnonzero(np.frombuffer(self.data, np.uint8) == 0)
        return np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends

    @cached_property
    def _block_starts(self) -> list[int]:
        """Where in the data each block begins, and where the last one ends."""
        return [*self.starts[::BLOCK].tolist(), len(self.data)]

    def _start(self, row: int) -> int:
        """Where in the data the cell of a row begins, or where the last one ends."""
        block, rest = divmod(row, BLOCK)
        if row >= len(self):
            return len(self.data)
        at = self._block_starts[block]
        for _ in range(rest):
            at = self.data.index(_END, at) + 1
        return at

    @property
    def most_letters(self) -> float:
        """No cell that holds something has more letters than this, on average."""
        blank = int((np.diff(self.starts, append=len(self.data)) == 1).sum())
        present = len(self) - blank
        return len(self.data.translate(None, _NO_LETTERS)) / max(present, 1)

    def holds(self, sign: str) -> bool:
        """Whether some cell has this sign."""
        return sign.encode() in self.data


class _Block(NamedTuple):
    """Some rows: all their fields, a zero byte behind each, and the number of each row's."""

    text: str
    counts: npt.NDArray[np.int64]

    def rows(self) -> list[list[str]]:
        fields = self.text.split(END)
        ends = self.counts.cumsum().tolist()
        return [fields[a:b] for a, b in zip([0, *ends], ends, strict=False)]


class FieldRows(Sequence[list[str]]):
    """Rows of fields; a part of them are rows of fields again."""

    def __init__(self, blocks: Sequence[_Block]) -> None:
        self._blocks = blocks
        sizes = np.array([len(block.counts) for block in blocks], np.int64)
        self._starts = np.concatenate([[0], sizes.cumsum()])
        self._looked_at: tuple[int, list[list[str]]] = (-1, [])

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> FieldRows:
        """The rows of these fields, none of which holds a zero byte."""
        blocks, rest = [], iter(rows)
        first = list(islice(rest, 1))
        size = min(BLOCK, max(FIELDS // max(sum(map(len, first)), 1), 1))
        rest = chain(first, rest)
        while some := list(islice(rest, size)):
            fields = list(chain.from_iterable(some))
            counts = np.fromiter(map(len, some), np.int64, len(some))
            blocks.append(_Block(END.join(fields) + END if fields else "", counts))
        return cls(blocks)

    @overload
    def __getitem__(self, at: int) -> list[str]: ...

    @overload
    def __getitem__(self, at: slice) -> FieldRows: ...

    def __getitem__(self, at: int | slice) -> list[str] | FieldRows:
        if isinstance(at, slice):
            return self._part(range(*at.indices(len(self))))
        row = at + len(self) if at < 0 else at
        if not 0 <= row < len(self):
            raise IndexError(f"row {at} of {len(self)}")
        number = int(np.searchsorted(self._starts, row, "right")) - 1
        if self._looked_at[0] != number:
            self._looked_at = (number, self._blocks[number].rows())
        return self._looked_at[1][row - int(self._starts[number])]

    def _part(self, rows: range) -> FieldRows:
        if rows.step != 1 or not rows:
            return self.take(rows)
        blocks: list[_Block] = []
        for block, start in zip(self._blocks, self._starts.tolist(), strict=False):
            own = range(max(rows.start, start), min(rows.stop, start + len(block.counts)))
            if len(own) == len(block.counts):
                blocks.append(block)  # as it is: most of them are
            elif own:
                blocks += self.take(own)._blocks
        return FieldRows(blocks)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __iter__(self) -> Iterator[list[str]]:
        return chain.from_iterable(block.rows() for block in self._blocks)

    def take(self, rows: Iterable[int]) -> FieldRows:
        """Some of the rows."""
        return FieldRows.of(self[row] for row in rows)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Fields of each row."""
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *(block.counts for block in self._blocks)])

    def columns(self) -> list[CellColumn]:
        """The fields by column; all rows have as many of them."""
        width = len(self[0]) if len(self) else 0
        pieces: list[list[bytes]] = [[] for _ in range(width)]
        for block in self._blocks:
            fields = block.text.split(END)
            fields.pop()  # behind the last zero byte
            for at, column in enumerate(pieces):
                column.append(_packed(fields[at::width]))
        found = []
        for column in pieces:
            found.append(CellColumn(b"".join(column)))
            column.clear()
        return found


def _packed(cells: Sequence[str]) -> bytes:
    return (END.join(cells) + END).encode("utf-8", _SOUND) if cells else b""

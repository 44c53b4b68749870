"""From texts to rows of tokens, as an `Embedding` takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.arrays import is_frame
from shoal.data.character_ngrams import CharacterNGrams
from shoal.data.joined_texts import columns_named, joined_column
from shoal.data.json_values import typed
from shoal.data.texts import as_texts
from shoal.data.tokenization import LEAST_VOCABULARY, Tokenization
from shoal.data.tokenizer import Merge, fit_pieces, made_tokenizer
from shoal.errors import DataError

Tokens = npt.NDArray[np.int32]

PADDING = 0
"""The token that fills a short text up; a piece's token is its number and one more."""

LONGEST = 256
"""Tokens of an example, at most, unless a length is asked for."""

FAR_LONGER = 4
"""A text of more than so many times the tokens that are read is remarked on."""

FITTING = 98
"""Of 100 training texts so many are not cut, as long as `LONGEST` allows."""


@dataclass(frozen=True)
class TextEncoder:
    """A text as the first ``length`` of its tokens, filled up with `PADDING`.

    Behind the tokens stand hashes of its words' character n-grams, where the network reads them.

    Attributes:
        column: name of the training table's column, if there was one; of several, their names
            with commas between.
        pieces: what stands for token 1, 2, …, in the signs that stand for bytes.
        merges: the pairs that were joined, in their order.
        length: tokens of an example.
        lowercase: whether capitals and small letters are the same.
        ngrams: the character n-grams that are read; None: none are.
    """

    column: str | None
    pieces: tuple[str, ...]
    merges: tuple[Merge, ...]
    length: int
    lowercase: bool
    ngrams: CharacterNGrams | None = None

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        column: str | None,
        wanted: Tokenization,
        ngrams: CharacterNGrams | None = None,
    ) -> TextEncoder:
        """Fit on training texts.

        Raises:
            DataError: the tokenizer library is not installed.
        """
        lowercase = wanted.lowercase
        pieces, merges = fit_pieces(list(texts), wanted.vocabulary - 1, lowercase=lowercase)
        fitted = cls(column, pieces, merges, wanted.length or LONGEST, lowercase, ngrams)
        if wanted.length is not None:
            return fitted
        counts = [len(numbers) for numbers in fitted.numbers(texts)]
        enough = int(np.percentile(counts, FITTING, method="inverted_cdf"))
        return replace(fitted, length=min(max(enough, 1), LONGEST))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return (self.length * (1 if self.ngrams is None else 1 + self.ngrams.per_token),)

    @property
    def vocabulary(self) -> int:
        """Number of tokens, padding included."""
        return len(self.pieces) + 1

    @cached_property
    def tokenizer(self) -> Any:
        """The library's tokenizer: pieces from 0, without padding, nothing cut."""
        return made_tokenizer(self.pieces, self.merges, lowercase=self.lowercase)

    def numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of each text's pieces."""
        return [found.ids for found in self.tokenizer.encode_batch(list(texts))]

    def encode(self, x: Any, where: str) -> Tokens:
        """Texts, or a table with the column of training, as int32 of shape (n, *shape).

        Raises:
            DataError: something else than texts, or no such column.
        """
        texts = as_texts(self._column_of(x, where) if is_frame(x) else x, where=where)
        encoded = np.full((len(texts), *self.shape), PADDING, np.int32)
        strings = texts.tolist()
        for row, found in zip(encoded, self.numbers(strings), strict=True):
            kept = found[: self.length]
            row[: len(kept)] = np.array(kept, np.int32) + 1
        if self.ngrams is not None:
            behind = encoded[:, self.length :]
            behind[:] = self.ngrams.encode(strings, behind.shape[1], lowercase=self.lowercase)
        return encoded

    def remarks(self, x: Any, where: str) -> list[str]:
        """How many texts are far longer than what is read of them."""
        texts = as_texts(self._column_of(x, where) if is_frame(x) else x, where=where).tolist()
        most = FAR_LONGER * self.length
        long = [text for text in texts if len(text.encode()) > most]
        count = sum(len(found) > most for found in self.numbers(long))
        if not count:
            return []
        what = "a text is" if count == 1 else f"{count:,} texts are"
        return [f"{what} far longer than what is read: the first {self.length} tokens"]

    def decode(self, tokens: npt.NDArray[Any]) -> list[str]:
        """What the network has seen of each text: from rows of shape (n, *shape)."""
        rows = [(row[row != PADDING] - 1).tolist() for row in tokens[:, : self.length]]
        return [text.strip() for text in self.tokenizer.decode_batch(rows)]

    def _column_of(self, frame: Any, where: str) -> Any:
        found = columns_named(self.column or "", [str(name) for name in frame.columns])
        if len(found) > 1:
            return joined_column(frame, found)
        if found or frame.shape[1] == 1:
            return frame[found[0]] if found else frame.iloc[:, 0]
        names = ", ".join(repr(str(name)) for name in frame.columns[:30])
        raise DataError(
            "a table has the column of texts that the model was trained on",
            expected="one column of texts" if self.column is None else f"column {self.column!r}",
            received=f"columns {names}",
            where=where,
        )

    def to_json(self) -> dict[str, Any]:
        """The encoder as plain data."""
        return {
            "kind": "text",
            "column": self.column,
            "pieces": list(self.pieces),
            "merges": [list(merge) for merge in self.merges],
            "length": self.length,
            "lowercase": self.lowercase,
            **({} if self.ngrams is None else {"ngrams": self.ngrams.to_json()}),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TextEncoder:
        """The encoder that ``to_json`` wrote; a tokenizer is only made of what makes sense.

        Raises:
            KeyError, TypeError, ValueError: if it is nothing of the kind.
        """
        pieces = tuple(typed(piece, str) for piece in data["pieces"])
        merges = tuple((typed(a, str), typed(b, str)) for a, b in data["merges"])
        column, length = data["column"], data["length"]
        known = set(pieces)
        if len(known) != len(pieces) or len(pieces) < LEAST_VOCABULARY - 1:
            raise ValueError("different pieces, every byte among them")
        if not all({a, b, a + b} <= known for a, b in merges):
            raise ValueError("merges of pieces into a piece")
        if type(length) is not int or not 1 <= length < 2**24:
            raise ValueError(f"a length in tokens, not {length!r}")
        if not (column is None or isinstance(column, str)):
            raise TypeError("a column that is a name")
        ngrams = CharacterNGrams.from_json(data["ngrams"]) if "ngrams" in data else None
        return cls(column, pieces, merges, length, typed(data["lowercase"], bool), ngrams)

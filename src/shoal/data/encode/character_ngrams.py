"""Hashes of the character n-grams of texts' words.

Source: Bojanowski, Grave, Joulin, Mikolov, "Enriching word vectors with subword information",
TACL 5 (2017).
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

MOST_WORDS = 1 << 16
"""Words whose hashes are kept while texts are read."""


@dataclass(frozen=True)
class CharacterNGrams:
    """The n-grams of words, with a space before and behind each.

    A word is what stands between spaces, in one form of Unicode (NFKC). Its n-grams are those
    of scikit-learn's ``analyzer="char_wb"``: a word shorter than n is one n-gram.

    Attributes:
        min_n, max_n: characters of the shortest and the longest n-grams.
        per_token: n-grams that are read of a text, for each of its tokens.
    """

    min_n: int
    max_n: int
    per_token: int

    def of_word(self, word: str) -> list[str]:
        """The n-grams, the short ones first."""
        padded = f" {word} "
        found = []
        for n in range(self.min_n, self.max_n + 1):
            if n >= len(padded):
                found.append(padded)
                break
            found += [padded[i : i + n] for i in range(len(padded) - n + 1)]
        return found

    def encode(self, texts: Sequence[str], width: int, *, lowercase: bool) -> npt.NDArray[np.int32]:
        """The first hashes of each text's n-grams, of shape (n, width); 0 where there are no more.

        A hash is the CRC-32 of an n-gram in UTF-8 without its highest bit, and 1 in place of 0.
        """
        hashes = _Hashes(self, width + self.max_n)
        encoded = np.zeros((len(texts), width), np.int32)
        for row, text in zip(encoded, texts, strict=True):
            found = list(islice(hashes.of_text(text, lowercase=lowercase), width))
            row[: len(found)] = found
        return encoded

    def to_json(self) -> dict[str, Any]:
        """The numbers as plain data."""
        return {"min_n": self.min_n, "max_n": self.max_n, "per_token": self.per_token}

    @classmethod
    def from_json(cls, data: Any) -> CharacterNGrams:
        """What ``to_json`` wrote.

        Raises:
            KeyError, TypeError, ValueError: if it is nothing of the kind.
        """
        found = cls(data["min_n"], data["max_n"], data["per_token"])
        numbers = (found.min_n, found.max_n, found.per_token)
        if not all(type(n) is int and 1 <= n <= 100 for n in numbers) or found.max_n < found.min_n:
            raise ValueError("sizes of n-grams")
        return found


@dataclass
class _Hashes:
    """Hashes of words' n-grams, each word's computed once."""

    ngrams: CharacterNGrams
    most: int
    """Characters of a word that can come to be read: one without spaces may be a whole book."""
    words: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def of_text(self, text: str, *, lowercase: bool) -> Iterator[int]:
        read = unicodedata.normalize("NFKC", text)
        for word in (read.lower() if lowercase else read).split():
            yield from self._of_word(word[: self.most])

    def _of_word(self, word: str) -> tuple[int, ...]:
        found = self.words.get(word)
        if found is None:
            grams = self.ngrams.of_word(word)
            found = tuple(zlib.crc32(gram.encode()) & 0x7FFFFFFF or 1 for gram in grams)
            if len(self.words) < MOST_WORDS:
                self.words[word] = found
        return found

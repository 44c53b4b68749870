"""From texts to rows of tokens, by byte pair encoding.

A text is cut into words, numbers and signs. Each begins as its bytes. The pairs that were most
frequent in training are joined, one merge after another. Every text can be written so, and none
is out of vocabulary.

This is the one module that uses the tokenizer library. The library is an extra: it is imported
when texts are encoded, not when a model is read. A file holds tokens and merges alone, and the
same tokenizer is built from them. Nothing else of it can be set from outside.

Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words with
subword units", ACL 2016; over bytes: Radford et al., "Language models are unsupervised
multitask learners", 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from shoal.data.columns.texts import columns_named, joined_column
from shoal.data.encode.character_ngrams import CharacterNGrams
from shoal.data.encode.texts import as_texts
from shoal.data.io.arrays import is_frame
from shoal.errors import DataError
from shoal.utils.schema import typed

LEAST_VOCABULARY = 257
"""The bytes and the padding: with fewer tokens some text could not be written."""


@dataclass(frozen=True)
class Tokenization:
    """What the tokenizer of a data set of texts is to be like; it is fitted on training rows.

    Args:
        vocabulary: number of tokens at most, padding included; an `Embedding` of
            this vocabulary has a vector for each. Fewer come out where the
            training texts are few.
        length: tokens of an example: a longer text is cut, a shorter one filled up.
            None: as many as 98 of 100 training texts have at most, and 256 at most.
        lowercase: whether capitals and small letters are the same.

    Raises:
        DataError: a vocabulary without room for every byte, or a length below 1.
    """

    vocabulary: int = 5000
    length: int | None = None
    lowercase: bool = True

    def __post_init__(self) -> None:
        _check(self.vocabulary, "vocabulary", LEAST_VOCABULARY)
        if self.length is not None:
            _check(self.length, "length", 1)
        if not isinstance(self.lowercase, bool):
            raise DataError("lowercase is True or False", received=repr(self.lowercase))


MANY = ((100_000, 20_000), (20_000, 10_000))
"""Numbers of texts, and the size of the vocabulary from each number on, by default."""


def default_tokenization(count: int) -> Tokenization:
    """The default tokenization of a number of texts."""
    for least, vocabulary in MANY:
        if count >= least:
            return Tokenization(vocabulary)
    return Tokenization()


def _check(value: object, what: str, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**24:
        raise DataError(
            f"{what} is a whole number of tokens",
            expected=f"{least} to {2**24 - 1}",
            received=repr(value),
        )


Merge = tuple[str, str]


def fit_pieces(
    texts: Sequence[str], count: int, *, lowercase: bool
) -> tuple[tuple[str, ...], tuple[Merge, ...]]:
    """The tokens and the merges, in their order, that fit these texts.

    A pair that occurs once is not merged: it would be learned by heart.

    Args:
        texts: the training texts.
        count: number of tokens at most.
        lowercase: whether capitals and small letters are the same.

    Raises:
        DataError: the tokenizer library is not installed.
    """
    library = _library()
    tokenizer = _empty(library, library.models.BPE(), lowercase=lowercase)
    trainer = library.trainers.BpeTrainer(
        vocab_size=count,
        min_frequency=2,
        initial_alphabet=sorted(library.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    numbers = tokenizer.get_vocab()
    tokens = tuple(sorted(numbers, key=numbers.__getitem__))
    return tokens, _merges(tokenizer)


def made_tokenizer(tokens: Sequence[str], merges: Sequence[Merge], *, lowercase: bool) -> Any:
    """The library's tokenizer of these tokens and merges.

    Raises:
        DataError: the tokenizer library is not installed.
    """
    library = _library()
    numbers = {token: number for number, token in enumerate(tokens)}
    model = library.models.BPE(vocab=numbers, merges=list(merges))
    return _empty(library, model, lowercase=lowercase)


def _empty(library: Any, model: Any, *, lowercase: bool) -> Any:
    normalizers = [library.normalizers.NFKC()]
    if lowercase:
        normalizers.append(library.normalizers.Lowercase())
    tokenizer = library.Tokenizer(model)
    tokenizer.normalizer = library.normalizers.Sequence(normalizers)
    tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = library.decoders.ByteLevel()
    return tokenizer


def _merges(tokenizer: Any) -> tuple[Merge, ...]:
    """What the library has of them is in its JSON only."""
    import json

    told = json.loads(tokenizer.to_str())["model"]["merges"]
    # Older versions write "a b"; a byte's sign is never a space.
    pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in told]
    return tuple((str(left), str(right)) for left, right in pairs)


def _library() -> Any:
    try:
        import tokenizers
    except ImportError:
        raise DataError(
            "texts are cut into tokens by the package tokenizers",
            received="it is not installed",
            hint="Install it with: pip install 'shoal[text]'",
        ) from None
    return tokenizers


Tokens = npt.NDArray[np.int32]

PADDING = 0
"""The token that fills a short text up; a piece's token is its number and one more."""

LONGEST = 256
"""Tokens of an example, at most, unless a length is asked for."""

FAR_LONGER = 4
"""A text with more than this many times the tokens that are read gets a remark."""

FITTING = 98
"""Percent of the training texts that are read to their end, where `LONGEST` allows."""


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

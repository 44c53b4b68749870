"""How texts become tokens: what is asked for, before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass

from shoal.errors import DataError

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
"""From so many texts on, so large a vocabulary unless another is asked for."""


def usual_tokenization(count: int) -> Tokenization:
    """How so many texts become tokens unless something is asked for."""
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

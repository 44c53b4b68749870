"""The one place that knows the tokenizer library: pieces of texts, fitted and applied.

Byte pair encoding over bytes: a text is cut into words, numbers and signs; each begins
as its bytes, and the pairs that were most frequent in training are joined, one merge
after another. Every text can be written so, none is out of vocabulary.

The library is an extra and is imported when texts are encoded, not when a model is
read. What a file holds are the tokens and merges alone, from which the same tokenizer
is put together: nothing else of it can be set from outside.

Source: Sennrich, Haddow and Birch, "Neural machine translation of rare words with
subword units", ACL 2016; over bytes: Radford et al., "Language models are unsupervised
multitask learners", 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shoal.errors import DataError

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

"""The default network and recipe for texts: the mean of the vectors of tokens and n-grams.

Beside the tokens stand the character n-grams of the words, except where texts are long or very
many. Where texts have several sentences, pairs of tokens have vectors as well. A search chooses
whether they have. `docs/texts.md` has the sets on which this was chosen.

Sources: Joulin, Grave, Bojanowski, Mikolov, "Bag of tricks for efficient text classification",
EACL 2017 (bags, hashed pairs); Bojanowski, Grave, Joulin, Mikolov, "Enriching word vectors with
subword information", TACL 5 (2017) (character n-grams); Iyyer et al., "Deep unordered composition
rivals syntactic methods for text classification", ACL 2015 (dropout of words).
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from shoal.data import Dataset, Tokenization
from shoal.engine import EarlyStopping, Recipe
from shoal.losses import Loss
from shoal.nn import (
    CharacterNGrams,
    Concat,
    Dense,
    Dropout,
    EmbeddingBag,
    HashedNGrams,
    Input,
    Network,
    Sequential,
    TokenDropout,
    Tokens,
)
from shoal.optimizers import AdamW
from shoal.space import Choice, Float, Int

FEATURES = 8
"""Length of a vector; with many more of them texts are learned by heart sooner."""

BUCKETS = 1 << 14
"""Vectors that pairs of tokens share, and as many that character n-grams share."""

LONG = 150
"""Letters of a text, on average, from which on pairs of its words say more than they cost."""

MOST_FOR_NGRAMS = 500
"""Letters of a text, on average, up to which its character n-grams are read."""

MOST_LETTERS = 20_000_000
"""Letters of all texts, up to which so; with more of them words are known by themselves."""

STEPS = 2500
"""Optimizer steps of a training that nothing ends before."""

FEWEST_EPOCHS, MOST_EPOCHS = 6, 100
"""Of many texts and of few."""


def text_network(dataset: Dataset, outputs: int, *, ranges: bool) -> Network:
    """A network for texts of any length.

    Args:
        dataset: of texts.
        outputs: classes or targets.
        ranges: whether its numbers are ranges, and what it reads a choice.
    """
    assert isinstance(dataset.tokenization, Tokenization)
    words = dataset.tokenization.vocabulary
    letters = _mean_letters(dataset)
    size: Any = Int(4, 32, log=True, default=FEATURES, name="features") if ranges else FEATURES
    row = TokenDropout(Float(0.0, 0.5, default=0.2) if ranges else 0.2)(Input())
    ngrams = letters <= MOST_FOR_NGRAMS and letters * len(dataset) <= MOST_LETTERS
    tokens = Tokens()(row) if ngrams else row
    bag = EmbeddingBag(words, size)
    pairs = Sequential(HashedNGrams(words, BUCKETS), EmbeddingBag(words + BUCKETS, size))
    usual: Any = pairs if letters >= LONG else bag
    reads = Choice(bag, pairs, name="reads", default=usual) if ranges else usual
    h = reads(tokens)
    if ngrams:
        buckets = EmbeddingBag(BUCKETS + 1, size)
        h = Concat()(h, buckets(CharacterNGrams(BUCKETS)(row)))
    return Network(Dense(outputs)(Dropout(Float(0.0, 0.6, default=0.3) if ranges else 0.3)(h)))


def text_recipe(rows: int, loss: Loss, *, ranges: bool, epochs: int | None) -> Recipe:
    """AdamW at one rate, until validation has not become better for a while.

    Args:
        rows: of training, about.
        loss: of the task.
        ranges: whether learning rate and weight decay are ranges.
        epochs: at most this many; by default by the number of rows.
    """
    batch_size = 64 if rows >= 2000 else 32 if rows >= 200 else 16
    wanted = round(STEPS / ceil(rows / batch_size))
    epochs = epochs or min(max(wanted, FEWEST_EPOCHS), MOST_EPOCHS)
    rate: Any = Float(1e-3, 1e-2, log=True, default=2e-3) if ranges else 2e-3
    decay: Any = Float(1e-4, 1e-1, log=True, default=1e-2) if ranges else 1e-2
    return Recipe(
        loss=loss,
        optimizer=AdamW(learning_rate=rate, weight_decay=decay),
        batch_size=batch_size,
        epochs=epochs,
        early_stopping=EarlyStopping(patience=max(5, epochs // 6)),
    )


def _mean_letters(dataset: Dataset) -> float:
    """Letters of a text, on average; of many texts of some."""
    texts = np.asarray(dataset.x, object)
    some = texts[:: max(len(texts) // 1000, 1)].tolist()
    return sum(map(len, some)) / max(len(some), 1)

"""Checks of a network on texts: what may take tokens and character n-grams, and with what sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shoal.data import Prepared
from shoal.data.encode.character_ngrams import CharacterNGrams as NGramsOfWords
from shoal.data.encode.tokens import TextEncoder
from shoal.errors import NetworkError
from shoal.nn import (
    INPUT,
    CharacterNGrams,
    Embedding,
    HashedNGrams,
    Layer,
    Network,
    Node,
    TokenDropout,
    Tokens,
)
from shoal.space import Choice
from shoal.space.checks import values_of
from shoal.space.tree import parts_of

OF_TEXTS = Embedding | TokenDropout | HashedNGrams | Tokens | CharacterNGrams
"""Layers that take the rows of texts."""


def ngrams_of(family: Network) -> NGramsOfWords | None:
    """The character n-grams that a network, or some network of a family, reads.

    Raises:
        NetworkError: they are not the same everywhere, for texts are read once.
    """
    layers = {
        NGramsOfWords(layer.min_n, layer.max_n, layer.per_token): layer
        for layer in _layers(family)
        if isinstance(layer, CharacterNGrams)
    }
    if len(layers) > 1:
        raise NetworkError(
            "texts are read once, so all CharacterNGrams layers of a network read the same",
            expected="the same min_n, max_n and per_token",
            received=" and ".join(layer.describe() for layer in layers.values()),
        )
    ngrams = next(iter(layers), None)
    for layer in _layers(family):
        if isinstance(layer, Tokens) and (ngrams is None or layer.per_token != ngrams.per_token):
            raise NetworkError(
                "a Tokens layer takes the tokens of rows that hold character n-grams too",
                expected="a CharacterNGrams layer with the same per_token in the network",
                received=layer.describe() if ngrams else f"{layer.describe()} alone",
            )
    return ngrams


def check_tokens(family: Network, prepared: Prepared) -> None:
    """Raise NetworkError unless texts, and nothing else, go into an Embedding.

    It must have a vector for each token, and for each bucket of runs of tokens and of
    character n-grams. What may stand between leaves tokens tokens.

    A choice of layers or a block at the input is left for its own layers to judge.
    """
    encoder = prepared.preprocessing.encoder
    if not isinstance(encoder, TextEncoder):
        for node in family.nodes:
            if INPUT in node.inputs and isinstance(node.layer, OF_TEXTS):
                raise _no_texts(prepared, node)
        return
    both = set() if encoder.ngrams is None else {INPUT}  # tokens and n-grams in one row
    tokens = {INPUT: encoder.vocabulary}
    for node in family.nodes:
        given = [tokens[name] for name in node.inputs if name in tokens]
        if not given or not isinstance(node.layer, Layer):
            continue
        if isinstance(node.layer, TokenDropout):
            tokens[node.name] = given[0]
            both |= {node.name} if both.intersection(node.inputs) else set()
        elif isinstance(node.layer, Tokens):
            _check_whole_rows(node, whole=bool(both.intersection(node.inputs)))
            tokens[node.name] = given[0]
        elif isinstance(node.layer, CharacterNGrams):
            _check_whole_rows(node, whole=bool(both.intersection(node.inputs)))
            tokens[node.name] = 1 + max(values_of(node.layer.buckets))
        elif both.intersection(node.inputs):
            raise NetworkError(
                "rows of tokens and character n-grams are taken apart first",
                expected="Tokens() or CharacterNGrams(…)",
                received=node.layer.kind,
                where=f"layer {node.name}",
            )
        elif isinstance(node.layer, Embedding):
            _check_vocabulary(node.layer, node.name, given[0])
        elif isinstance(node.layer, HashedNGrams):
            _check_runs(node.layer, node.name, given[0])
            tokens[node.name] = max(values_of(node.layer.vocabulary)) + max(
                values_of(node.layer.buckets)
            )
        else:
            raise NetworkError(
                "texts are tokens, and the first layer gives them vectors",
                expected=f"Embedding({given[0]}, features)",
                received=node.layer.kind,
                where=f"layer {node.name}",
            )


def _layers(part: Any) -> Iterator[Layer]:
    """All layers of a network, of its blocks and choices too."""
    if isinstance(part, Choice):
        for option in part.options:
            yield from _layers(option)
        return
    if isinstance(part, Layer):
        yield part
    if isinstance(part, Layer | Network):
        for _, value, _ in parts_of(part):
            yield from _layers(value)


def _check_whole_rows(node: Node, *, whole: bool) -> None:
    if not whole:
        raise NetworkError(
            f"a {type(node.layer).__name__} layer takes a text's whole row",
            expected="the network's input, or a TokenDropout on it",
            received=f"what {', '.join(node.inputs)} gives",
            where=f"layer {node.name}",
        )


def _no_texts(prepared: Prepared, node: Node) -> NetworkError:
    names = {"image": "images", "table": "a table, whose columns are real numbers"}
    assert isinstance(node.layer, Layer)
    name = type(node.layer).__name__
    return NetworkError(
        f"{'an' if name.startswith('E') else 'a'} {name} takes tokens, which are made of texts",
        expected="texts",
        received=names[prepared.kind],
        where=f"layer {node.name}",
        hint="Give texts, as Dataset.from_arrays(a list of strings, y) or as a CSV with a "
        "column of texts; for other data, begin with another layer.",
    )


def _check_runs(layer: HashedNGrams, name: str, tokens: int) -> None:
    _check_least(layer, name, tokens, "buckets of runs are numbered behind the tokens")


def _check_vocabulary(layer: Embedding, name: str, tokens: int) -> None:
    _check_least(
        layer,
        name,
        tokens,
        "an Embedding of texts has a vector for each token",
        "Or ask for fewer tokens: Tokenization(vocabulary=…), on the command line --vocabulary.",
    )
    if layer.padding not in (0, None):
        raise NetworkError(
            "the token that fills texts up is 0",
            expected="padding 0 or None",
            received=layer.padding,
            where=f"layer {name}",
        )


def _check_least(
    layer: Embedding | HashedNGrams, name: str, tokens: int, rule: str, hint: str | None = None
) -> None:
    """Refuse a layer whose vocabulary has no room for all tokens."""
    least = min(values_of(layer.vocabulary))
    if least < tokens:
        raise NetworkError(
            rule,
            expected=f"vocabulary of at least {tokens}",
            received=least,
            where=f"layer {name}",
            hint=hint,
        )

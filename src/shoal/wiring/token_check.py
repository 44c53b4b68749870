"""Whether a network and its data agree on tokens: told before anything is trained."""

from __future__ import annotations

from shoal.data import Prepared
from shoal.data.text_encoder import TextEncoder
from shoal.errors import NetworkError
from shoal.network import INPUT, Embedding, HashedNGrams, Layer, Network, Node, TokenDropout
from shoal.training.validity import values_of


def check_tokens(family: Network, prepared: Prepared) -> None:
    """Raise NetworkError unless texts, and nothing else, go into an Embedding.

    It must have a vector for each token, and for each bucket of runs of tokens. What may
    stand between leaves tokens tokens.

    A choice of layers or a block at the input is left for its own layers to judge.
    """
    encoder = prepared.preprocessing.encoder
    if not isinstance(encoder, TextEncoder):
        for node in family.nodes:
            if INPUT in node.inputs and isinstance(
                node.layer, Embedding | TokenDropout | HashedNGrams
            ):
                raise _no_texts(prepared, node)
        return
    tokens = {INPUT: encoder.vocabulary}
    for node in family.nodes:
        given = [tokens[name] for name in node.inputs if name in tokens]
        if not given:
            continue
        if isinstance(node.layer, Embedding):
            _check_vocabulary(node.layer, node.name, given[0])
        elif isinstance(node.layer, TokenDropout):
            tokens[node.name] = given[0]
        elif isinstance(node.layer, HashedNGrams):
            _check_runs(node.layer, node.name, given[0])
            tokens[node.name] = max(values_of(node.layer.vocabulary)) + max(
                values_of(node.layer.buckets)
            )
        elif isinstance(node.layer, Layer):
            raise NetworkError(
                "texts are tokens, and the first layer gives them vectors",
                expected=f"Embedding({given[0]}, features)",
                received=node.layer.kind,
                where=f"layer {node.name}",
            )


def _no_texts(prepared: Prepared, node: Node) -> NetworkError:
    told = {"image": "images", "table": "a table, whose columns are real numbers"}
    assert isinstance(node.layer, Layer)
    name = type(node.layer).__name__
    return NetworkError(
        f"{'an' if name.startswith('E') else 'a'} {name} takes tokens, which are made of texts",
        expected="texts",
        received=told[prepared.kind],
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

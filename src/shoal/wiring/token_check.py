"""Whether a network can read the tokens of texts: told before anything is trained."""

from __future__ import annotations

from shoal.data import Prepared
from shoal.data.text_encoder import TextEncoder
from shoal.errors import NetworkError
from shoal.network import INPUT, Embedding, Layer, Network
from shoal.training.validity import values_of


def check_tokens(family: Network, prepared: Prepared) -> None:
    """Raise NetworkError unless texts go into an Embedding that has a vector for each token.

    A choice of layers or a block at the input is left for its own layers to judge.
    """
    encoder = prepared.preprocessing.encoder
    if not isinstance(encoder, TextEncoder):
        return
    for node in family.nodes:
        if INPUT not in node.inputs:
            continue
        if isinstance(node.layer, Embedding):
            _check_vocabulary(node.layer, node.name, encoder.vocabulary)
        elif isinstance(node.layer, Layer):
            raise NetworkError(
                "texts are tokens, and the first layer gives them vectors",
                expected=f"Embedding({encoder.vocabulary}, features)",
                received=node.layer.kind,
                where=f"layer {node.name}",
            )


def _check_vocabulary(layer: Embedding, name: str, tokens: int) -> None:
    least = min(values_of(layer.vocabulary))
    if least < tokens:
        raise NetworkError(
            "an Embedding of texts has a vector for each token",
            expected=f"vocabulary of at least {tokens}",
            received=least,
            where=f"layer {name}",
            hint="Or ask for fewer tokens: Tokenization(vocabulary=…), on the command line "
            "--vocabulary.",
        )
    if layer.padding not in (0, None):
        raise NetworkError(
            "the token that fills texts up is 0",
            expected="padding 0 or None",
            received=layer.padding,
            where=f"layer {name}",
        )

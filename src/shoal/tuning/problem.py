"""What is trained on what: arguments left out are chosen, and all is checked beforehand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.augmentation.random_crop import tile_side
from shoal.data import Dataset, Prepared, Task
from shoal.data.encode.character_ngrams import CharacterNGrams as NGramsOfWords
from shoal.data.encode.tokens import TextEncoder
from shoal.data.splitting.own_parts import is_own_part
from shoal.data.splitting.split import Steering
from shoal.defaults.choose import default_network, default_recipe
from shoal.defaults.masks import TileSide
from shoal.engine import Lanes, Recipe
from shoal.engine.loss_data import tasks_of
from shoal.errors import DataError, NetworkError, RecipeError, ShoalError
from shoal.metrics import tasks_with
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
    with_features,
)
from shoal.samplers import Random, Sampler, first_points
from shoal.samplers import __all__ as sampler_names
from shoal.space import Choice, Point, Space
from shoal.space.checks import values_of
from shoal.space.tree import parts_of
from shoal.utils.default_values import TEST, VALIDATION

if TYPE_CHECKING:
    from shoal.tuning.run_search import SearchPlan


def check_whole(value: Any, what: str, *, least: int) -> None:
    """Raise RecipeError unless the value is a whole number and large enough."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise RecipeError(f"{what} is a whole number", expected=f"at least {least}", received=value)


def check_seed(seed: Any) -> None:
    """Raise RecipeError unless the seed is a whole number that a study can store."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
        raise RecipeError(
            "a seed is a whole number from 0", expected="below 2^63", received=repr(seed)
        )


def check_arguments(family: Any, recipe: Any, data: Any, sampler: Any) -> None:
    """Raise unless each argument is of its kind."""
    if isinstance(family, str) or (hasattr(family, "columns") and recipe is None):
        _check_data(family)  # meant as the data, which may stand alone
    if data is None or (isinstance(family, Network) and isinstance(recipe, Recipe)):
        _check_data(data)
    if not isinstance(family, Network):
        raise NetworkError(
            "what is trained is a network",
            expected="for example shoal.Sequential(shoal.Dense(10))",
            received=type(family).__name__,
        )
    if not isinstance(recipe, Recipe):
        raise RecipeError(
            "how to train is a Recipe",
            expected="for example shoal.Recipe(epochs=20)",
            received=type(recipe).__name__,
        )
    if isinstance(sampler, type) or not isinstance(sampler, Sampler):
        raise RecipeError(
            "points come from a sampler",
            expected="for example shoal.samplers.Random()",
            received=repr(sampler),
            hint=_as_sampler(sampler),
        )


def _as_sampler(sampler: Any) -> str | None:
    """The sampler that a name or a class stands for."""
    name = sampler.__name__ if isinstance(sampler, type) else str(sampler)
    known = {one.lower(): one for one in sampler_names}
    found = known.get(name.lower())
    return f"Did you mean shoal.samplers.{found}()?" if found else None


def _check_data(data: Any) -> None:
    if not isinstance(data, Dataset):
        raise DataError(
            "what to train on is a Dataset",
            received="nothing" if data is None else _kind(data),
            hint=_as_dataset(data),
        )


def _kind(data: Any) -> str:
    """What something is, as an error tells it."""
    if isinstance(data, str):
        return f"the text {data!r}"
    return type(data).__name__


def _as_dataset(data: Any) -> str:
    """How what was given becomes a Dataset."""
    if isinstance(data, str | os.PathLike):
        return f"Use shoal.data.load({os.fspath(data)!r})."
    if hasattr(data, "columns"):
        return "Use shoal.data.Dataset.from_arrays(frame.drop(columns=target), frame[target])."
    if isinstance(data, tuple | list) and len(data) == 2:
        return "Use shoal.data.Dataset.from_arrays(x, y)."
    return "Use shoal.data.load(name or path) or shoal.data.Dataset.from_arrays(x, y)."


def check_no_folds(data: Dataset, folds: int | None) -> None:
    """Raise RecipeError where trials are to be steered by folds and by rows of their own."""
    if folds is not None and "validation" in data.part_sources:
        raise RecipeError(
            "trials are steered by folds or by validation rows of their own",
            received=f"folds={folds} and {data.part_sources['validation']}",
            hint="Leave one of them out.",
        )


def check_family(lanes: Lanes, plan: SearchPlan) -> None:
    """Raise unless some member of the family can be trained on these data.

    Members that cannot be trained are left for the search to record; what is
    wrong with every one of them is told before anything is written.

    Raises:
        NetworkError: the graph is impossible.
        RecipeError: the loss fits neither the data nor the network.
    """
    first: ShoalError | None = None
    for point in _candidates(lanes.space, plan):
        try:
            lanes.trial(0, point, plan.seed)
        except (NetworkError, RecipeError) as error:
            first = first or error
        else:
            return
    if first:
        raise first


_TRIED = 1000
"""Points among which one is looked for that can be trained, at most."""


def _candidates(space: Space, plan: SearchPlan) -> list[Point]:
    """The points that will be tried, or as good as them if they depend on results."""
    if len(space) == 0:
        return [{}]
    source = Random() if plan.sampler.adaptive else plan.sampler
    start = source.start(space, plan.seed)
    return first_points.ask(plan.first, source, space, start, 0, min(plan.trials, _TRIED))[0]


OF_TEXTS = Embedding | TokenDropout | HashedNGrams | Tokens | CharacterNGrams
"""Layers that take the rows of texts."""


def ngrams_of(family: Network) -> NGramsOfWords | None:
    """The character n-grams that a network, or some network of a family, reads.

    Raises:
        NetworkError: they are not the same everywhere, for texts are read once.
    """
    found = {
        NGramsOfWords(layer.min_n, layer.max_n, layer.per_token): layer
        for layer in _layers(family)
        if isinstance(layer, CharacterNGrams)
    }
    if len(found) > 1:
        raise NetworkError(
            "texts are read once, so all CharacterNGrams layers of a network read the same",
            expected="the same min_n, max_n and per_token",
            received=" and ".join(layer.describe() for layer in found.values()),
        )
    ngrams = next(iter(found), None)
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


_OPEN: dict[str, Task] = {"classification": "regression", "regression": "classification"}

_WHAT = {"classification": "classes", "regression": "numbers"}


def with_implied_task(data: Dataset, objective: str | None, loss: Any = None) -> Dataset:
    """The data set, as numbers or as classes if what is asked for needs them so.

    Whole numbers may be either. An objective or a loss that is for the one only decides,
    unless a task was asked for; the data set's notes then tell.

    Args:
        data: what to train on.
        objective: name of a metric.
        loss: that of the recipe; may be a choice.
    """
    other = _OPEN.get(data.task)
    if not data.guessed or other is None:
        return data
    may = loss is None or other in tasks_of(loss)  # else objective and loss contradict each other
    if may and objective is not None and _decides(tasks_with(objective), data.task, other):
        why = f"the objective {objective} is for {_WHAT[other]}"
    elif loss is not None and _decides(tasks_of(loss), data.task, other):
        why = f"the loss is for {_WHAT[other]}"
    else:
        return data
    found = data.with_task(other)
    # Still guessed: read again, the data are first what they look like.
    return replace(found, guessed=True, notes=(f"taken as {other}: {why}", *found.notes))


def _decides(tasks: set[str], task: str, other: str) -> bool:
    return task not in tasks and other in tasks


def resolve_arguments(
    network: Any, recipe: Any, data: Any, *, ranges: bool, objective: str | None = None
) -> tuple[Network, Recipe, Dataset]:
    """The network, the recipe and the data of a call such as ``search(data)``.

    Data may stand where the first argument that is left out would: ``search(data)``,
    ``search(family, data)``. A network or a recipe that is left out is the one that the
    command takes for such data, of the task that the objective or the recipe's loss asks for
    where the targets leave it open (`with_implied_task`). What is of a wrong kind stays in
    its place, for `shoal.tuning.problem.check_arguments` to refuse.

    Args:
        network: as it was given, and so the next two.
        recipe: how to train.
        data: what to train on.
        ranges: whether what is left out has ranges.
        objective: name of a metric, if one was given.
    """
    if data is None and isinstance(network, Dataset) and recipe is None:
        network, data = None, network
    elif data is None and isinstance(recipe, Dataset):
        recipe, data = None, recipe
    if isinstance(data, Dataset):
        loss = recipe.loss if isinstance(recipe, Recipe) else None
        data = with_implied_task(data, objective, loss)
        tile = requested_tile(network, recipe, data)
        network = default_network(data, ranges=ranges, tile=tile) if network is None else network
        recipe = default_recipe(data, ranges=ranges, tile=tile) if recipe is None else recipe
    return network, recipe, data


def requested_tile(network: Any, recipe: Any, data: Dataset) -> TileSide:
    """The side of the tiles that a segmentation's network or recipe asks for, if one is given.

    A recipe says it (`RandomCrop`); without one a network for smaller pictures does.
    """
    if data.task != "segmentation":
        return None
    if isinstance(recipe, Recipe):
        return tile_side(recipe.augmentation)
    if isinstance(network, Network) and network.input_shape is not None:
        return max(network.input_shape[:2], default=None)
    return "auto"


def on_data(network: Network, prepared: Prepared) -> Network:
    """The network for inputs of the data's shape, told which of their features are what.

    Raises:
        NetworkError: it was written for another shape, or the shape does not fit.
    """
    fitted = prepared.preprocessing
    told = with_features(network, fitted.numeric, fitted.categories)
    return told.with_input(prepared.input_shape)


if TYPE_CHECKING:
    import pandas as pd

    OwnPart = str | os.PathLike[str] | Dataset | tuple[Any, Any] | pd.DataFrame
else:
    OwnPart = Any  # pandas takes long to import
"""Rows of their own for validation or the test: a path, a data set, (x, y), or a DataFrame that
holds the target."""


def with_own_parts(
    data: Dataset, validation: Steering | OwnPart, test: float | OwnPart
) -> tuple[Dataset, Steering, float]:
    """The data with these rows behind its own, and what is drawn of its rows.

    Args:
        data: what to train on.
        validation: a share of its rows, their numbers, or rows of their own.
        test: a share, or rows of their own.

    Raises:
        DataError: rows that cannot be read, or are not like those for training.
    """
    given = {"validation": validation, "test": test}
    own: dict[str, Any] = {name: one for name, one in given.items() if is_own_part(one)}
    steering: Any = VALIDATION if "validation" in own else validation
    share: Any = TEST if "test" in own else test
    return (data.with_parts(**own) if own else data), steering, share

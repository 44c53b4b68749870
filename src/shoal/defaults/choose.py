"""The default network and recipe for the data at hand.

For pictures this is a convolutional network (`images.py`), for masks a U-shaped one
(`masks.py`), for texts one on vectors of tokens (`texts.py`), for tables a multilayer
perceptron (`tables.py`). With ``ranges=True`` the same network and recipe have ranges where
their numbers matter most: a family to search.
"""

from __future__ import annotations

from shoal.data import Dataset
from shoal.defaults.images import FEWEST_TRIALS, MOST_TRIALS, WORK, image_network, image_recipe
from shoal.defaults.masks import FEWEST_TRIALS as FEWEST_OF_MASKS
from shoal.defaults.masks import WORK as WORK_OF_MASKS
from shoal.defaults.masks import TileSide, mask_input, mask_network, mask_recipe
from shoal.defaults.tables import table_network, table_recipe
from shoal.defaults.texts import text_network, text_recipe
from shoal.engine import Recipe
from shoal.engine.lane_count import multiply_adds
from shoal.engine.tiling import tiles_a_picture
from shoal.losses import BinaryCrossEntropy, CrossEntropy, Dice, Loss, SquaredError
from shoal.losses.classification import BALANCED
from shoal.nn import Network
from shoal.space import Int, Space
from shoal.utils.default_values import TRIALS

_TRAIN_SHARE = 0.6
"""Share of the rows that training sees, roughly: the rest validates and tests."""


def default_network(
    dataset: Dataset, *, ranges: bool, options: bool | None = None, tile: TileSide = "auto"
) -> Network:
    """The network, or the family of networks, for these data.

    Args:
        dataset: with targets.
        ranges: whether its numbers are ranges.
        options: whether a table's numbers may come in several ways; None: where there are
            ranges.
        tile: of a segmentation the side of the tiles that it is trained on; by default as
            the pictures' size asks for.
    """
    outputs = _outputs(dataset)
    if dataset.kind == "image":
        if dataset.task == "segmentation":
            return mask_network(
                *mask_input(dataset, tile), int(dataset.x.shape[3]), outputs,
                lambda low, high, fixed: _int(low, high, ranges, fixed),
            )  # fmt: skip
        return image_network(dataset, outputs, ranges=ranges)
    if dataset.tokenization is not None:
        return text_network(dataset, outputs, ranges=ranges)
    options = ranges if options is None else options
    return table_network(dataset, outputs, ranges=ranges, options=options)


def default_recipe(
    dataset: Dataset,
    *,
    ranges: bool,
    epochs: int | None = None,
    tile: TileSide = "auto",
    objective: str | None = None,
) -> Recipe:
    """How to train these data.

    Args:
        dataset: with targets.
        ranges: whether learning rate and weight decay are ranges.
        epochs: at most this many; by default by the number of rows.
        tile: as for `default_network`.
        objective: the validation metric that decides; None: the task's usual one.
    """
    rows = rows_to_train(dataset)
    loss = default_loss(dataset, objective)
    if dataset.kind == "table":
        return table_recipe(rows, loss, ranges=ranges, epochs=epochs)
    if dataset.kind == "text":
        return text_recipe(rows, loss, ranges=ranges, epochs=epochs)
    if dataset.task == "segmentation":
        return mask_recipe(dataset, rows, loss, ranges=ranges, epochs=epochs, tile=tile)
    return image_recipe(dataset, rows, loss, ranges=ranges, epochs=epochs)


def default_trials(dataset: Dataset, family: Network, recipe: Recipe) -> int:
    """How many networks of the default family a search tries where nobody says.

    Of pictures as many as a few seconds allow, by the multiply-adds of one training: a network
    that is trained long enough brings more than many that are not. Enough are tried for an
    ensemble.

    Args:
        dataset: with targets.
        family: the default one for these data.
        recipe: the default one for them.
    """
    if dataset.kind != "image":
        return TRIALS
    space = Space(family, recipe)
    point = space.default_point()
    shape = tuple(map(int, dataset.x.shape[1:]))
    usual = space.bind(family, point)
    usual = usual if usual.input_shape is not None else usual.with_input(shape)
    assert usual.input_shape is not None
    examples = rows_to_train(dataset) * tiles_a_picture(
        dataset.x.shape, dataset.sizes, usual.input_shape
    )
    epochs = int(space.bind(recipe, point).epochs)  # type: ignore[arg-type]  # bound
    each = 3.0 * multiply_adds(usual) * examples * epochs
    if dataset.task == "segmentation":
        return int(min(max(WORK_OF_MASKS / each, FEWEST_OF_MASKS), TRIALS))
    return int(min(max(WORK / each, FEWEST_TRIALS), MOST_TRIALS))


def rows_to_train(dataset: Dataset) -> int:
    """Rows that training sees, roughly: the rest validates and tests."""
    return max(int(len(dataset) * _TRAIN_SHARE), 1)


def default_loss(dataset: Dataset, objective: str | None = None) -> Loss:
    """Cross entropy for classes and labels, with Dice's for masks; squared error for numbers.

    Where the objective is ``balanced_accuracy``, rows count by how rare their class is. For
    accuracy and F1 the same weights make it worse.
    """
    if dataset.task == "segmentation":
        return CrossEntropy() + Dice()
    if dataset.task == "multi-label":
        return BinaryCrossEntropy()
    if dataset.task == "classification":
        return CrossEntropy(class_weights=BALANCED if objective == "balanced_accuracy" else None)
    return SquaredError()


def _outputs(dataset: Dataset) -> int:
    if dataset.task != "regression":
        return max(len(dataset.classes), 1)
    return 1 if dataset.y is None or dataset.y.ndim == 1 else int(dataset.y.shape[1])


def _int(low: int, high: int, ranges: bool, fixed: int) -> int | Int:
    return Int(low, high, default=fixed) if ranges else fixed

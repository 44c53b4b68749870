"""What will be trained: a network and a recipe, from a file, the options and the data."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shoal.cli.network_file import NetworkFile, read_network_file
from shoal.cli.reading import print_notes
from shoal.cli.terminal import Terminal

if TYPE_CHECKING:
    from shoal.data import Dataset
    from shoal.defaults.masks import TileSide
    from shoal.engine import Recipe
    from shoal.nn import Network


@dataclass(frozen=True)
class TrainingPlan:
    """A network, how to train it, and on what."""

    network: Network
    recipe: Recipe
    data: Dataset


def with_own_rows(
    terminal: Terminal, plan: TrainingPlan, validation: float | str, test: float | str
) -> tuple[TrainingPlan, dict[str, Any]]:
    """The plan with rows of files of their own behind its data, and what is drawn of its rows.

    Raises:
        DataError: files that cannot be read, or whose rows are not like those for training.
    """
    from shoal.tuning.problem import with_own_parts

    files = [given for given in (validation, test) if isinstance(given, str)]
    with terminal.working(f"reading {' and '.join(files)}") if files else nullcontext():
        data, steering, share = with_own_parts(plan.data, validation, test)
    print_notes(terminal, [note for note in data.notes if note not in plan.data.notes])
    return replace(plan, data=data), {"validation": steering, "test": share}


def own_files(validation: float | str, test: float | str) -> dict[str, Path | None]:
    """By option, the files that these name."""
    given = {"--validation": validation, "--test": test}
    return {name: Path(one) for name, one in given.items() if isinstance(one, str)}


def make_plan(
    data: Dataset,
    file: NetworkFile | None,
    *,
    ranges: bool,
    epochs: int | None,
    batch_size: int | None,
    patience: int | None,
    tile: TileSide = "auto",
    objective: str | None = None,
    class_weight: list[str] | None = None,
) -> TrainingPlan:
    """The network of the file or the default one; options win over the file.

    Args:
        data: what to train on.
        file: the user's network, if there is one.
        ranges: whether what nobody named may be a range: true for a search.
        epochs: as on the command line; None: not given. So the next two.
        batch_size: examples a step.
        patience: of early stopping; 0: never stop early.
        tile: side of the tiles that a segmentation is trained on.
        objective: the validation metric that decides.
        class_weight: how much the rows of each class count.

    Raises:
        RecipeError: the file's recipe is no recipe, or class weights that do not fit.
    """
    from shoal.augmentation.random_crop import with_random_crop
    from shoal.cli.class_weights import with_class_weights
    from shoal.defaults.choose import default_network, default_recipe
    from shoal.defaults.masks import default_tile
    from shoal.engine import EarlyStopping
    from shoal.tuning.problem import requested_tile

    given = tile != "auto"
    written = dict(file.recipe or {}) if file else {}
    asked = epochs if epochs is not None else written.get("epochs")
    sound = isinstance(asked, int) and asked >= 1  # what is not is told when it is read
    if tile == "auto" and file is not None:
        tile = requested_tile(file.network, None, data)
    recipe = default_recipe(
        data, ranges=ranges, epochs=asked if sound else None, tile=tile, objective=objective
    )
    if file is not None and written:
        recipe = _filled_in(recipe, written, file.path)
    changes: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size}
    changes = {name: value for name, value in changes.items() if value is not None}
    if patience is not None:
        changes["early_stopping"] = EarlyStopping(patience=patience) if patience else None
    if data.task == "segmentation" and (given or "augmentation" not in written):
        changes["augmentation"] = with_random_crop(recipe.augmentation, default_tile(data, tile))
    network = file.network if file else default_network(data, ranges=ranges, tile=tile)
    recipe = with_class_weights(replace(recipe, **changes), data, class_weight)
    return TrainingPlan(network, recipe, data)


def tile_message(plan: TrainingPlan) -> str | None:
    """A line on the tiles that are trained on; None where pictures stay whole."""
    from shoal.augmentation.random_crop import random_crop_of

    crop = random_crop_of(plan.recipe.augmentation) if plan.data.task == "segmentation" else None
    if crop is None:
        return None
    height, width = (int(side) for side in plan.data.x.shape[1:3])
    size = "×".join(map(str, crop.tile(height, width)))
    return (
        f"note: pictures of {height}×{width} are trained on in tiles of {size} drawn at random, "
        "and predicted in tiles that overlap (--tile)"
    )


def _filled_in(default: Recipe, written: dict[str, Any], path: Path) -> Recipe:
    """The file's recipe; what it leaves out is the default's."""
    from shoal.engine import recipe_from_json

    recipe = recipe_from_json(written, where=f"{path}: recipe")
    left_out = {
        name: getattr(default, name)
        for name in ("loss", "optimizer", "batch_size", "epochs", "early_stopping")
        if name not in written
    }
    return replace(recipe, **left_out)


def read_network_option(path: Path | None) -> NetworkFile | None:
    """The file of ``--network``, if there is one; read before the data, for it is quick."""
    return None if path is None else read_network_file(path)

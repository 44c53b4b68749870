"""How much the rows of each class count: the option, and a remark where it might be wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from shoal.cli.plan import TrainingPlan
    from shoal.cli.terminal import Terminal
    from shoal.data import Dataset
    from shoal.engine import Recipe

RARE = 0.2
"""A class with less than this share of the rows that it would have if all had as many is rare."""

ClassWeight = Annotated[
    list[str] | None,
    typer.Option(
        "--class-weight",
        metavar="balanced|CLASS=NUMBER",
        help="How much each row of a class counts in training: balanced, as if all classes had "
        "as many rows; or numbers, such as --class-weight yes=5; classes that are not named "
        "count 1. Probabilities are then as if there were so many more rows. By default all "
        "count the same; with --objective balanced_accuracy they are balanced.",
        show_default=False,
    ),
]


def with_class_weights(recipe: Recipe, data: Dataset, given: list[str] | None) -> Recipe:
    """The recipe with these weights in its losses over classes.

    Args:
        recipe: how to train.
        data: its classes.
        given: as on the command line; None: the recipe's own.

    Raises:
        RecipeError: data without classes, no such class, or no number.
    """
    from shoal.engine.loss_data import with_loss_weights
    from shoal.errors import RecipeError
    from shoal.losses.classification import BALANCED

    if not given:
        return recipe
    if data.task not in ("classification", "segmentation"):
        raise RecipeError(
            "class weights are for classes", received=data.task, where="--class-weight"
        )
    if given == [BALANCED]:
        return with_loss_weights(recipe, BALANCED)
    weights = dict.fromkeys(data.classes, 1.0)
    for text in given:
        name, _, number = text.rpartition("=")
        if name not in weights:
            raise RecipeError(
                "a class weight names a class of the data",
                expected="balanced, or " + ", ".join(f"{c}=NUMBER" for c in data.classes[:10]),
                received=repr(text),
                where="--class-weight",
            )
        weights[name] = _number(number, text)
    return with_loss_weights(recipe, tuple(weights.values()))


def _number(text: str, whole: str) -> float:
    from math import isfinite

    from shoal.errors import RecipeError

    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not isfinite(value) or value < 0:
        raise RecipeError(
            "a class's weight is a number of at least 0", received=repr(whole),
            where="--class-weight",
        )  # fmt: skip
    return value


def tell(
    terminal: Terminal, plan: TrainingPlan, objective: str | None, given: list[str] | None
) -> None:
    """Tell of weights that nobody asked for, or of a rare class that nothing weighs."""
    from shoal.engine.loss_data import has_class_weights

    found = rare_class(plan.data)
    if given or found is None:
        return
    name, share = found
    if has_class_weights(plan.recipe):
        terminal.remark(
            f"note: class {name!r} has {share:.1%} of the rows, and the classes are balanced "
            "(--class-weight): probabilities are as if all had as many"
        )
    elif objective in (None, "accuracy"):
        terminal.remark(
            f"note: class {name!r} has {share:.1%} of the rows, which accuracy hardly depends "
            "on: --objective balanced_accuracy counts all classes alike and balances them in "
            "training, as --class-weight balanced does"
        )


def rare_class(data: Dataset) -> tuple[str, float] | None:
    """The rarest class and its share of the rows, if that is rare; None also without classes."""
    import numpy as np

    if data.task != "classification" or data.y is None or len(data.classes) < 2:
        return None
    counts = np.bincount(np.asarray(data.y), minlength=len(data.classes))
    least = int(counts.argmin())
    share = float(counts[least]) / len(data)
    return (data.classes[least], share) if share * len(data.classes) < RARE else None

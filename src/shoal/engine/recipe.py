"""The recipe: all of training that is not the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from shoal.augmentation import Augmentation
from shoal.clipping import Clipping
from shoal.engine.early_stopping import EarlyStopping
from shoal.errors import RecipeError, SpaceError
from shoal.losses import CrossEntropy, Loss
from shoal.optimizers import AdamW, Optimizer
from shoal.registry import RECIPE_PARTS, Component, Registry
from shoal.regularizers import Regularizer
from shoal.space import Choice, Decoder, Float, Int, Space, encode, host, static, traced
from shoal.space.checks import check_kind, check_number, check_whole

Augmentations = tuple[Augmentation | Choice | None, ...]


@dataclass(frozen=True, eq=False)
class Recipe(Component):
    r"""How networks are trained.

    Args:
        loss: what training minimizes.
        optimizer: how weights follow their gradients.
        batch_size: examples a step; the last batch of an epoch may be smaller.
        epochs: times that training goes through the data, at most.
        early_stopping: when to end before that; None: never.
        augmentation: how examples are changed at random while training: transforms,
            or choices among some (and None for none). Whatever their order, what
            moves pixels comes first, as one resampling, and `MixUp` last.
        clipping: how gradients are cut before the optimizer sees them; None: not.
        regularizers: what keeps weights small beside the optimizer's own weight
            decay: one, several, or None.
        bias_learning_rate: of biases, as a multiple of the optimizer's learning rate;
            0 leaves them as they began.
        ema_momentum: β of an exponential moving average of the weights, 0 ≤ β < 1, that is
            measured on validation and kept in their place; None: none is kept. After t steps
            :math:`\bar w \leftarrow \beta_t \bar w + (1 - \beta_t)\, w` with
            :math:`\beta_t = \min(\beta, (1 + t) / (10 + t))`, so that it soon forgets the
            first weights. What layers keep themselves, such as running statistics, stays
            that of the weights.

    Raises:
        RecipeError: a part of the wrong kind, a batch size or epochs below 1.
    """

    registry: ClassVar[Registry] = RECIPE_PARTS
    kind: ClassVar[str] = "recipe"

    loss: Loss | Choice = field(default_factory=CrossEntropy)
    optimizer: Optimizer | Choice = field(default_factory=AdamW)
    batch_size: int | Int | Choice = static(64)
    epochs: int | Int | Choice = host(20)
    early_stopping: EarlyStopping | Choice | None = host(None)
    augmentation: Augmentations | Choice = static(())
    clipping: Clipping | Choice | None = static(None)
    regularizers: Regularizer | Sequence[Regularizer | Choice] | Choice | None = static(None)
    bias_learning_rate: float | Float | Choice = traced(1.0)
    ema_momentum: float | Float | Choice | None = traced(None)

    def __post_init__(self) -> None:
        check_kind(self.loss, Loss, "recipe.loss", "shoal.losses.CrossEntropy()")
        check_kind(
            self.optimizer, Optimizer, "recipe.optimizer",
            "shoal.optimizers.AdamW(learning_rate=1e-3)",
        )  # fmt: skip
        check_kind(
            self.early_stopping, EarlyStopping | None, "recipe.early_stopping",
            "shoal.EarlyStopping(patience=5)",
        )  # fmt: skip
        _check_augmentation(self.augmentation)
        check_kind(self.clipping, Clipping | None, "recipe.clipping", "shoal.clipping.ByNorm(1.0)")
        for part in self.regularizing:
            check_kind(
                part, Regularizer | None, "recipe.regularizers", "shoal.regularizers.L2(1e-4)"
            )
        check_number(self.bias_learning_rate, "bias_learning_rate", low=0.0)
        if self.ema_momentum is not None:
            check_number(self.ema_momentum, "ema_momentum", low=0.0, high=1.0)
        check_whole(self.batch_size, "batch_size")
        check_whole(self.epochs, "epochs")

    @property
    def regularizing(self) -> tuple[Any, ...]:
        """The regularizers, one by one; while it is a family, choices among them too."""
        given = self.regularizers
        several = given if isinstance(given, list | tuple) else (given,)
        return tuple(part for part in several if part is not None)

    @property
    def biases_alike(self) -> bool:
        """Whether biases have the learning rate of the weights, in all lanes."""
        factor = self.bias_learning_rate
        return isinstance(factor, int | float) and factor == 1.0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, read back by `recipe_from_json`."""
        data: dict[str, Any] = encode(self, Space(self))
        return data


def _check_augmentation(value: Any) -> None:
    """Raise RecipeError unless every value is a tuple of transforms."""
    options = value.options if isinstance(value, Choice) else (value,)
    for transforms in options:
        if not isinstance(transforms, tuple):
            raise RecipeError(
                "augmentation is a tuple of transforms",
                expected="for example (shoal.augmentation.Shift(0.1),)",
                received=repr(transforms),
                where="recipe.augmentation",
            )
        for transform in transforms:
            check_kind(
                transform, Augmentation | None, "a transform of recipe.augmentation",
                "shoal.augmentation.Shift(0.1)",
            )  # fmt: skip


def recipe_from_json(data: Any, *, where: str = "recipe") -> Recipe:
    """The recipe that `Recipe.to_json` or a TOML file describes.

    Raises:
        RecipeError: the JSON is no recipe or names something that shoal does not know.
    """
    if not isinstance(data, Mapping):
        raise RecipeError("a recipe is a table", where=where, received=type(data).__name__)
    if data.get("kind", Recipe.kind) != Recipe.kind:
        raise RecipeError("a recipe is of that kind", where=where, received=repr(data["kind"]))
    try:
        recipe = Decoder(RECIPE_PARTS, where).decode({**data, "kind": Recipe.kind})
    except SpaceError as error:
        raise RecipeError(
            error.rule,
            expected=error.expected,
            received=error.received,
            where=error.where,
            hint=error.hint,
        ) from None
    assert isinstance(recipe, Recipe)
    return recipe

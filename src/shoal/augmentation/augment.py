"""Augmentation of one batch: moves first, then colors, then blends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from shoal.augmentation.mix_up import MixUp, partners
from shoal.augmentation.random_crop import RandomCrop
from shoal.augmentation.transform import Affine, Augmentation, Displacement, Draws, Recoloring
from shoal.augmentation.warp import warped
from shoal.errors import RecipeError


class Augmented(NamedTuple):
    """A batch as it is trained on.

    Attributes:
        x: inputs.
        y: targets; masks have moved with their images.
        other: targets of the examples that were blended in, or None.
        share: the part of an example in its blend, of shape (batch,), or None.
    """

    x: Array
    y: Array
    other: Array | None = None
    share: Array | None = None

    def losses(self, of_targets: Callable[[Array], Array]) -> Array:
        """The loss of each example, of shape (batch,), given its loss for any targets."""
        own = of_targets(self.y)
        if self.other is None or self.share is None:
            return own
        return self.share * own + (1.0 - self.share) * of_targets(self.other)


def augment(
    transforms: Sequence[Augmentation | None], x: Array, y: Array, index: Array, key: Array
) -> Augmented:
    """The batch after all transforms.

    Args:
        transforms: bound, None for none; strengths may be traced values.
        x: inputs of shape (batch, …).
        y: targets of shape (batch, …); integers of shape (batch, height, width) are
            masks and move with the images.
        index: row number of each example, int32 of shape (batch,); -1 for none.
        key: two uint32 words of seed and step.
    """
    named = [(t, Draws.of(key, name, index)) for t, name in _named(transforms)]
    moves = [(t, draws) for t, draws in named if isinstance(t, Affine | Displacement)]
    is_mask = y.ndim == 3 and jnp.issubdtype(y.dtype, jnp.integer)
    if moves:
        x, mask = warped(moves, x, y if is_mask else None)
        y = y if mask is None else mask
    for transform, draws in named:
        if isinstance(transform, Recoloring):
            x = transform.recolor(x, draws)
    for transform, draws in named:
        if isinstance(transform, MixUp):
            return _mixed(transform, draws, x, y, index)
    return Augmented(x, y)


def _mixed(transform: MixUp, draws: Draws, x: Array, y: Array, index: Array) -> Augmented:
    partner = partners(index)
    share = transform.share(draws)
    rest = (1.0 - share).reshape((-1,) + (1,) * (x.ndim - 1))
    blend = x + rest * (jnp.take(x, partner, axis=0) - x)
    return Augmented(blend, y, jnp.take(y, partner, axis=0), share)


def _named(transforms: Sequence[Augmentation | None]) -> list[tuple[Augmentation, str]]:
    """Each transform with its kind and number, which key its chance."""
    seen: Counter[str] = Counter()
    named = []
    for transform in transforms:
        if transform is not None:
            seen[transform.kind] += 1
            named.append((transform, f"{transform.kind}_{seen[transform.kind]}"))
    return named


def check_augmentation(
    transforms: Sequence[Augmentation | None],
    input_shape: tuple[int, ...],
    *,
    real: bool,
    task: str = "segmentation",
) -> None:
    """Raise RecipeError unless these transforms can change such inputs.

    Args:
        transforms: of the bound recipe.
        input_shape: of one example.
        real: whether inputs are real numbers, and not tokens.
        task: what is predicted.
    """
    present = [transform for transform in transforms if transform is not None]
    for transform in present:
        if transform.for_images and len(input_shape) != 3:
            raise RecipeError(
                f"{transform.kind} is an augmentation of images",
                where="recipe.augmentation",
                expected="inputs of shape (height, width, channels)",
                received=f"shape {input_shape}",
                hint="For tables there are Noise and MixUp.",
            )
        if isinstance(transform, RandomCrop) and task != "segmentation":
            raise RecipeError(
                "tiles of a picture are for a segmentation",
                where="recipe.augmentation",
                received=f"RandomCrop for a {task}",
                hint="Crop cuts a part out and enlarges it to the picture's size.",
            )
        if not real:
            raise RecipeError(
                f"{transform.kind} is an augmentation of real numbers",
                where="recipe.augmentation",
                received="whole numbers that stand for words",
            )
    if sum(isinstance(transform, MixUp) for transform in present) > 1:
        raise RecipeError(
            "a batch is blended once",
            where="recipe.augmentation",
            received="several MixUp",
        )

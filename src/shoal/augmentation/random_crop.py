"""Random crop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import Array

from shoal.augmentation.transform import Augmentation, Draws
from shoal.errors import RecipeError
from shoal.space import Choice, static
from shoal.space.checks import check_whole


@dataclass(frozen=True, eq=False)
class RandomCrop(Augmentation):
    r"""Cuts a tile out of a picture and its mask, anywhere inside, before all other transforms.

    .. math:: x'_{ij} = x_{a + i,\, b + j}, \quad y'_{ij} = y_{a + i,\, b + j}
        \qquad 0 \le i < h,\ 0 \le j < w

    with a and b uniform among the whole numbers from 0 to H - h and to W - w.

    It is for segmentation. The network is built for the tile: a picture of 512×512 with
    ``RandomCrop(256)`` makes one of 256×256. An epoch shows as many tiles of each picture as
    have its area. Validation, test and prediction see whole pictures, of any size, in tiles
    that overlap (`shoal.engine.tiling`).

    Args:
        size: height and width of the tile in pixels; a side of the picture that is
            shorter stays whole.

    Raises:
        RecipeError: a size below 1, or a range: tiles of two sizes are two networks.

    Source: Ronneberger, Fischer and Brox, "U-Net: convolutional networks for
    biomedical image segmentation", MICCAI 2015, for training on tiles.
    """

    kind: ClassVar[str] = "random_crop"

    size: int = static(256)

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int):
            raise RecipeError(
                "the size of a tile is one whole number",
                where="recipe.augmentation",
                expected="for example shoal.augmentation.RandomCrop(256)",
                received=repr(self.size),
            )
        check_whole(self.size, "size")

    def tile(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the tiles of pictures of this size."""
        return min(self.size, height), min(self.size, width)

    def corners(self, draws: Draws, room: Array) -> Array:
        """The first row and column of each tile.

        Args:
            draws: chance.
            room: greatest row and column at which a tile may begin, int32 of shape (batch, 2).

        Returns:
            int32 of shape (batch, 2).
        """
        places = (room + 1).astype(jnp.float32)
        return jnp.minimum((draws.uniform(2) * places).astype(jnp.int32), room)


def random_crop_of(transforms: Any) -> RandomCrop | None:
    """The random crop among a recipe's transforms; options of a choice must have the same.

    Args:
        transforms: of a recipe; may hold ranges.

    Raises:
        RecipeError: there are two, or some options have one and others another or none.
    """
    if isinstance(transforms, Choice):
        found = [random_crop_of(option) for option in transforms.options]
        if len({None if crop is None else crop.size for crop in found}) > 1:
            raise _not_one("a choice among them")
        return found[0]
    crops: list[RandomCrop] = []
    for transform in transforms:
        if isinstance(transform, Choice):
            if any(isinstance(option, RandomCrop) for option in transform.options):
                raise _not_one("a choice among them")
        elif isinstance(transform, RandomCrop):
            crops.append(transform)
    if len(crops) > 1:
        raise _not_one(f"{len(crops)} of them")
    return crops[0] if crops else None


def with_random_crop(
    transforms: Sequence[Any] | Choice, size: int | None
) -> tuple[Any, ...] | Choice:
    """The transforms with a random crop of this size, or none, in place of any other."""
    if isinstance(transforms, Choice):
        options = [with_random_crop(option, size) for option in transforms.options]
        at = None if transforms.default is None else transforms.index_of(transforms.default)
        default = None if at is None else options[at]
        return Choice(*options, name=transforms.name, default=default)
    rest = tuple(one for one in transforms if not isinstance(one, RandomCrop))
    return rest if size is None else (RandomCrop(size), *rest)


def _not_one(received: str) -> RecipeError:
    return RecipeError(
        "a recipe has one random crop at most, for the network is built for its size",
        where="recipe.augmentation",
        received=received,
        hint="Run a search for each size.",
    )


def tile_side(transforms: Any) -> int | None:
    """The side of the tiles that are trained on, or None; see `random_crop_of`."""
    crop = random_crop_of(transforms)
    return None if crop is None else crop.size

"""Pictures larger or smaller than a network's input: seen in tiles, their scores blended.

Tiles overlap by a quarter or more. Each pixel's score is the mean of those that the tiles
over it give, weighted by how far the pixel is from a tile's border: a tile fades out before
it ends, so that no seam shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import product
from math import ceil
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from shoal.errors import NetworkError
from shoal.nn import Network

OVERLAP = 0.25
"""Share of a tile's side that the next tile covers too, at least."""

Tile = tuple[int, int]
"""Height and width."""


def in_tiles(shape: tuple[int, ...], input_shape: tuple[int, ...] | None) -> bool:
    """Whether pictures of shape (height, width, channels) are seen in tiles by a network."""
    return (
        input_shape is not None
        and len(shape) == len(input_shape) == 3
        and shape[:2] != input_shape[:2]
    )


def tiles_a_picture(
    shape: tuple[int, ...], sizes: np.ndarray | None, input_shape: tuple[int, ...]
) -> int:
    """As many tiles as have the area of a picture, of unlike ones of all together.

    Args:
        shape: of the array of pictures, (n, height, width, channels).
        sizes: of each picture, of shape (n, 2), where these are unlike.
        input_shape: of the network.
    """
    if not in_tiles(tuple(shape[1:]), input_shape):
        return 1
    area = float(shape[1] * shape[2])
    if sizes is not None and len(sizes):
        area = float(np.prod(sizes.astype(np.float64), axis=1).mean())
    return max(ceil(area / (input_shape[0] * input_shape[1])), 1)


def tile_starts(length: int, tile: int) -> tuple[int, ...]:
    """Where tiles begin along a side: evenly, the first at its beginning, the last at its end."""
    if length <= tile:
        return (0,)
    step = max(tile - ceil(OVERLAP * tile), 1)
    gaps = ceil((length - tile) / step)
    return tuple(round(i * (length - tile) / gaps) for i in range(gaps + 1))


def tile_corners(size: Tile, tile: Tile) -> list[Tile]:
    """First row and column of every tile of a picture of this size."""
    return list(product(tile_starts(size[0], tile[0]), tile_starts(size[1], tile[1])))


@lru_cache(maxsize=16)
def tile_weights(tile: Tile) -> np.ndarray:
    r"""How much each pixel of a tile counts, float32 of shape (height, width, 1).

    The product of two windows :math:`\tfrac12 - \tfrac12 \cos(2 \pi (i + \tfrac12) / n)`, the
    least of them above 0.

    Source: von Hann's window, as in Blackman and Tukey, "The measurement of power spectra",
    Bell System Technical Journal 37 (1958).
    """
    rows, columns = (
        0.5 - 0.5 * np.cos(2.0 * np.pi * (np.arange(side) + 0.5) / side) for side in tile
    )
    return np.maximum(rows[:, None] * columns[None, :], 1e-6)[..., None].astype(np.float32)


@lru_cache(maxsize=16)
def tile_shares(size: Tile, tile: Tile) -> np.ndarray:
    """One over the sum of the weights of all tiles at each pixel, shape (height, width, 1)."""
    total = np.zeros((*size, 1), np.float32)
    for top, left in tile_corners(size, tile):
        total[top : top + tile[0], left : left + tile[1]] += tile_weights(tile)
    shares: np.ndarray = 1.0 / total
    return shares


def blended(scores_of: Callable[[Array], Array], x: Array, tile: Tile) -> Array:
    """The scores of whole pictures, inside a compiled program, tile after tile.

    Args:
        scores_of: from tiles of shape (batch, *tile, channels) to their scores.
        x: of shape (batch, height, width, channels), no side shorter than the tile's.
        tile: height and width.

    Returns:
        shape (batch, height, width, scores).
    """
    batch, size, channels = x.shape[0], (x.shape[1], x.shape[2]), x.shape[3]
    like = jax.eval_shape(scores_of, jax.ShapeDtypeStruct((batch, *tile, channels), x.dtype))
    weights = jnp.asarray(tile_weights(tile))[None]

    def add(total: Array, corner: Array) -> tuple[Array, None]:
        begin = (0, corner[0], corner[1], 0)
        scores = scores_of(jax.lax.dynamic_slice(x, begin, (batch, *tile, channels)))
        before = jax.lax.dynamic_slice(total, begin, scores.shape)
        return jax.lax.dynamic_update_slice(total, before + weights * scores, begin), None

    nothing = jnp.zeros((batch, *size, like.shape[-1]), like.dtype)
    corners = jnp.asarray(tile_corners(size, tile), jnp.int32)
    total, _ = jax.lax.scan(add, nothing, corners)
    return total * jnp.asarray(tile_shares(size, tile))[None]


def scores_in_tiles(
    scores_of: Callable[[np.ndarray], Any], x: Any, input_shape: tuple[int, ...], batch: int
) -> np.ndarray:
    """The scores of whole pictures of any size, on the host: `blended`, batch after batch.

    A side that is shorter than the tile's is continued by its mirror image.

    Args:
        scores_of: from ``batch`` tiles to their scores, of shape (batch, *tile, scores).
        x: of shape (n, height, width, channels).
        input_shape: of the network: of a tile.
        batch: tiles at a time.
    """
    tile, size = (input_shape[0], input_shape[1]), x.shape[1:3]
    whole = tuple(max(sides) for sides in zip(size, tile, strict=True))
    corners, weights = tile_corners(whole, tile), tile_weights(tile)
    total: np.ndarray | None = None
    places = list(product(range(len(x)), corners))
    for start in range(0, len(places), batch):
        some = places[start : start + batch]
        tiles = np.zeros((batch, *input_shape), x.dtype)
        for at, picture in _pictures(x, some, tile):
            tiles[at] = picture
        scores = np.asarray(scores_of(tiles))
        if total is None:
            total = np.zeros((len(x), *whole, scores.shape[-1]), np.float32)
        for (row, (top, left)), own in zip(some, scores, strict=False):
            total[row, top : top + tile[0], left : left + tile[1]] += weights * own
    assert total is not None
    total *= tile_shares(whole, tile)
    return total[:, : size[0], : size[1]]


def _pictures(
    x: Any, places: list[tuple[int, Tile]], tile: Tile
) -> Iterator[tuple[int, np.ndarray]]:
    """The tiles of these places, one after another, with their numbers."""
    at_hand = -1
    for at, (row, (top, left)) in enumerate(places):
        if row != at_hand:
            whole, at_hand = x[row], row
        picture = whole[top : top + tile[0], left : left + tile[1]]
        missing = [(0, side - have) for side, have in zip(tile, picture.shape, strict=False)]
        if any(more for _, more in missing):
            picture = np.pad(picture, [*missing, (0, 0)], mode="reflect")
        yield at, picture


def check_masks_fit(network: Network, task: str, shape: tuple[int, ...]) -> None:
    """Raise NetworkError unless a segmentation's masks are as large as what the network sees.

    Args:
        network: bound.
        task: what is predicted.
        shape: of one of the data's pictures.
    """
    if task != "segmentation" or len(network.output_shape) != 3:
        return
    seen = network.input_shape or shape
    if network.output_shape[:2] != seen[:2]:
        raise NetworkError(
            "a mask is as large as its picture",
            where="last layer",
            expected="×".join(map(str, seen[:2])),
            received="×".join(map(str, network.output_shape[:2])),
            hint="UpSample enlarges a map, Pad and Crop make sizes fit.",
        )

"""What networks answer to pictures of any size, in pieces that fit into memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from shoal.data import Dataset, Preprocessing
from shoal.data.encode.compact_inputs import AnyInputs, part_of
from shoal.data.encode.pictures import files_named, load_picture_files
from shoal.data.encode.sizes import at_one_size, at_own_sizes, resizing_of_masks
from shoal.data.encode.unlike_sizes import are_unlike_pictures, one_size_at_a_time
from shoal.data.io.pieces import file_pieces
from shoal.engine.predictor import pieces
from shoal.errors import ShoalWarning


def read_inputs(preprocessing: Preprocessing, x: Any) -> AnyInputs:
    """Raw inputs as a network takes them; for each remark on them a `ShoalWarning`.

    The warnings name the line that called the method which calls this.
    """
    inputs, remarks = preprocessing.read(x)
    for remark in remarks:
        warnings.warn(remark, ShoalWarning, stacklevel=3)
    return inputs


def answers_apart(
    preprocessing: Preprocessing, x: Any, answer: Callable[[Any], np.ndarray], outside: Any
) -> np.ndarray | None:
    """Answers for what a network does not see at one go: many files, pictures of unlike sizes.

    Args:
        preprocessing: a model's.
        x: what it is to predict.
        answer: to some of the files, or to pictures of one size.
        outside: what stands outside of pictures that are smaller than others.

    Returns:
        one answer for each picture; None: x is nothing of the kind.
    """
    named = files_named(x) if preprocessing.kind == "image" else None
    parts = [] if named is None else file_pieces(preprocessing, named)
    if len(parts) < 2:
        return by_pixel(preprocessing, x, answer, outside)
    found = [answer(part) for part in parts]
    if found[0].ndim < 3:
        return np.concatenate(found)
    sides = np.max([each.shape[1:3] for each in found], axis=0).tolist()
    shape = (sum(map(len, found)), *sides, *found[0].shape[3:])
    whole, start = np.full(shape, outside, found[0].dtype), 0
    for each in found:
        height, width = each.shape[1:3]
        whole[start : start + len(each), :height, :width] = each
        start += len(each)
    return whole


def by_pixel(
    preprocessing: Preprocessing, x: Any, answer: Callable[[Any], np.ndarray], outside: Any
) -> np.ndarray | None:
    """Answers for pictures whose sizes are unlike, or are not those that a network sees.

    Args:
        preprocessing: a model's.
        x: what it is to predict.
        answer: to pictures of one size.
        outside: what stands outside of pictures that are smaller than others.

    Returns:
        of shape (n, greatest height, greatest width, …); None: x is nothing of the kind.
    """
    sized = at_one_size(preprocessing, x)
    if sized is not None:
        pictures, sizes = sized
        to = resizing_of_masks(preprocessing)
        assert to is not None
        return at_own_sizes(answer(pictures), to, sizes, outside)
    named = files_named(x) if preprocessing.any_size else None
    if named is not None:
        x = load_picture_files(named, preprocessing)
        if x.sizes is None:
            return answer(x)
    if isinstance(x, Dataset):
        unlike = x if x.sizes is not None else None
    elif preprocessing.any_size and are_unlike_pictures(x):
        unlike = Dataset.from_arrays(x, task="segmentation", name="inputs")
    else:
        return None
    return None if unlike is None else one_size_at_a_time(unlike, answer, outside)


def masks_in_pieces(
    preprocessing: Preprocessing, x: AnyInputs, scores: Callable[[AnyInputs], np.ndarray]
) -> np.ndarray:
    """The label of each pixel; scores of few pictures are held at a time.

    Args:
        preprocessing: the model's.
        x: prepared pictures.
        scores: from some of them to the scores of each class, or the shares.
    """
    each = x.shape[1] * x.shape[2] * preprocessing.outputs
    labels = preprocessing.mask_labels
    found = [labels[scores(part_of(x, p)).argmax(axis=-1)] for p in pieces(len(x), each)]
    return found[0] if len(found) == 1 else np.concatenate(found)


def _probabilities(scores: np.ndarray, task: str) -> np.ndarray:
    if task == "multi-label":
        applies: np.ndarray = 0.5 * (1.0 + np.tanh(0.5 * scores))  # the sigmoid
        return applies
    with np.errstate(invalid="ignore", over="ignore"):  # scores may be infinite, or no numbers
        shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: np.ndarray = shifted / shifted.sum(axis=-1, keepdims=True)
    return shares

"""Lovász hinge, for segmentation of one region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
from jax import Array

from shoal.errors import RecipeError
from shoal.training.losses.class_loss import ClassLoss, class_scores
from shoal.training.losses.lovasz import lovasz_jaccard


@dataclass(frozen=True, eq=False)
class LovaszHinge(ClassLoss):
    r"""Lovász hinge of each image: a convex surrogate of 1 - IoU of the second class.

    .. math:: E = \bar\Delta(m), \qquad m_i = \max(0,\, 1 - y_i f_i), \qquad y_i = \pm 1

    with :math:`\bar\Delta` of `lovasz_jaccard` and f = o_1 - o_0 the margin of the
    second class over the first; outputs of shape (batch, height, width, 2), or of
    one output f, whose sign decides. Pixels are those of one image.

    Args:
        ignore_label: see `ClassLoss`. Class weights do not apply.

    Raises:
        RecipeError: class weights, another task than segmentation or more than two
            classes, or an output that does not fit.

    Source: Berman, Triki, Blaschko, *The Lovász-softmax loss* (2018), section 2.2;
    Yu and Blaschko, *Learning submodular losses with the Lovász hinge* (2015).
    """

    kind: ClassVar[str] = "lovasz_hinge"
    tasks: ClassVar[tuple[str, ...]] = ("segmentation",)
    on_logits: ClassVar[bool] = False
    probabilities: ClassVar[bool] = False

    def per_example(self, outputs: Array, targets: Array) -> Array:
        scores = class_scores(outputs)
        flat = (len(scores), -1)
        margins = (scores[..., 1] - scores[..., 0]).reshape(flat)
        true = self.shares(scores, targets)[..., 1].reshape(flat)
        present = self.present(scores, targets).reshape(flat)
        errors = jax.nn.relu(1.0 - (2.0 * true - 1.0) * margins)
        return lovasz_jaccard(errors, true, present)

    def check(self, task: str, outputs: int, output_shape: tuple[int, ...]) -> None:
        if self.class_weights is not None:
            raise RecipeError(
                "the Lovász hinge has one region and no class weights",
                where="recipe.loss.class_weights",
                hint="Add a weighted cross entropy to it.",
            )
        if task == "segmentation" and outputs != 2:
            raise RecipeError(
                "the Lovász hinge tells one region from its background",
                where="recipe.loss",
                expected="two classes",
                received=f"{outputs}",
                hint="Use losses.LovaszSoftmax().",
            )
        super().check(task, outputs, output_shape)

"""Augmentation: training examples changed at random, inside the compiled step.

`transform.py` has the protocols and the random draws, and the other files have the transforms.
`augment.py` applies those of a recipe to a batch.
"""

from shoal.utils.lazy import import_names

__all__ = import_names(__name__, __file__)

"""Ranges, search spaces, and putting values in their place. Plain data, no jax.

`ranges.py` has the ranges, `tree.py` the roles of fields, `space.py` the space of a network and
its recipe, `codec.py` their JSON.
"""

from shoal.space.codec import Decoder, encode
from shoal.space.common_family import common_family, likeness
from shoal.space.hyperparameters import (
    Hyperparameter,
    Point,
    conditions_in_words,
    conditions_of,
)
from shoal.space.points import point_by_hand, read_by_hand
from shoal.space.ranges import Choice, Float, Int, Range
from shoal.space.space import Space, has_ranges
from shoal.space.tree import (
    Composite,
    Conditional,
    Role,
    copied,
    host,
    is_range,
    parts_of,
    static,
    substitute,
    traced,
    width,
)

__all__ = [
    "Choice",
    "Composite",
    "Conditional",
    "Decoder",
    "Float",
    "Hyperparameter",
    "Int",
    "Point",
    "Range",
    "Role",
    "Space",
    "common_family",
    "conditions_in_words",
    "conditions_of",
    "copied",
    "encode",
    "has_ranges",
    "host",
    "is_range",
    "likeness",
    "parts_of",
    "point_by_hand",
    "read_by_hand",
    "static",
    "substitute",
    "traced",
    "width",
]

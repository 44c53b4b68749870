"""Ranges, search spaces, and putting values in their place. Plain data, no jax."""

from shoal.space.by_hand import point_by_hand, read_by_hand
from shoal.space.choice import Choice
from shoal.space.codec import Decoder, encode
from shoal.space.hyperparameter import Hyperparameter, Point, conditions_in_words, conditions_of
from shoal.space.likeness import common_family, likeness
from shoal.space.ranges import Float, Int, Range
from shoal.space.roles import Role, host, static, traced, width
from shoal.space.space import Space, has_ranges
from shoal.space.tree import Composite, Conditional, copied, is_range, parts_of, substitute

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

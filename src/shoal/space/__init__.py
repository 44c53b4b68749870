"""Ranges, search spaces, and putting values in their place. Plain data, no jax."""

from shoal.space.codec import Decoder, Registry, encode
from shoal.space.ranges import Choice, Float, Int, Range
from shoal.space.roles import Role, host, static, traced, width
from shoal.space.space import Hyperparameter, Point, Space, has_ranges
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
    "Registry",
    "Role",
    "Space",
    "copied",
    "encode",
    "has_ranges",
    "host",
    "is_range",
    "parts_of",
    "static",
    "substitute",
    "traced",
    "width",
]

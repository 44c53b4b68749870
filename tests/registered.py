"""Shoal's own components by kind, for tests that ask something of each."""

from shoal.engine.recipe import Recipe
from shoal.nn import Layer, Repeat
from shoal.registry import LAYERS as REGISTRY
from shoal.registry import RECIPE_PARTS

LAYERS = {kind: cls for kind, cls in REGISTRY.of(Layer).items() if cls is not Repeat}
PARTS = {kind: cls for kind, cls in RECIPE_PARTS.of(object).items() if cls is not Recipe}

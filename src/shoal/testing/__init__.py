"""Checks of a component against its protocol, for one's own components and for shoal's.

Each function takes a component and raises `ConformanceError`, which names the first rule
that it breaks. Shoal's own tests call the same functions::

    from shoal.testing import check_layer

    def test_scaled_tanh():
        check_layer(ScaledTanh(Float(0.5, 2.0)), (6,))
"""

from shoal.testing.augmentations import check_augmentation
from shoal.testing.conformance import ConformanceError
from shoal.testing.layers import check_layer
from shoal.testing.losses import check_loss
from shoal.testing.samplers import check_sampler
from shoal.testing.schedules import check_schedule

__all__ = [
    "ConformanceError",
    "check_augmentation",
    "check_layer",
    "check_loss",
    "check_sampler",
    "check_schedule",
]

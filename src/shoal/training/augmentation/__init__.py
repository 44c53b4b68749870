"""Augmentation: training examples changed at random, inside the compiled step."""

from shoal.training.augmentation.augment import Augmented, augment, check_augmentation
from shoal.training.augmentation.brightness import Brightness
from shoal.training.augmentation.contrast import Contrast
from shoal.training.augmentation.crop import Crop
from shoal.training.augmentation.cut_out import CutOut
from shoal.training.augmentation.elastic import Elastic
from shoal.training.augmentation.flip import Flip
from shoal.training.augmentation.mix_up import MixUp
from shoal.training.augmentation.noise import Noise
from shoal.training.augmentation.random_crop import RandomCrop
from shoal.training.augmentation.rotation import Rotation
from shoal.training.augmentation.scale import Scale
from shoal.training.augmentation.shear import Shear
from shoal.training.augmentation.shift import Shift
from shoal.training.augmentation.transform import Augmentation

TRANSFORMS: tuple[type[Augmentation], ...] = (
    Brightness, Contrast, Crop, CutOut, Elastic, Flip, MixUp, Noise, RandomCrop, Rotation,
    Scale, Shear, Shift,
)  # fmt: skip
"""Every transform that a recipe can name."""

__all__ = [
    "TRANSFORMS",
    "Augmentation",
    "Augmented",
    "Brightness",
    "Contrast",
    "Crop",
    "CutOut",
    "Elastic",
    "Flip",
    "MixUp",
    "Noise",
    "RandomCrop",
    "Rotation",
    "Scale",
    "Shear",
    "Shift",
    "augment",
    "check_augmentation",
]

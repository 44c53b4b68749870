from shoal.training.augmentation import *

from shoal.training.losses import *

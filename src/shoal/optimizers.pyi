from shoal.training.optimizers import *

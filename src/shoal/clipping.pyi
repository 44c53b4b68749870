from shoal.training.clipping import *

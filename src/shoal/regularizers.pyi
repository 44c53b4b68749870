from shoal.training.regularizers import *

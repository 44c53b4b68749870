from shoal.training.schedules import *

"""The compute kernels alone, beside PyTorch's."""

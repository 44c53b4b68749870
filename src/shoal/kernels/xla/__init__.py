"""The operations as plain XLA: the fallback, and the oracle of the kernels."""

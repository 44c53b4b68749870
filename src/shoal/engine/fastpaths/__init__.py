"""Training by fewer and larger kernels, each held to the reference step."""

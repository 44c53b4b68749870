"""Trained networks: a model, an ensemble of them, and which are best together."""

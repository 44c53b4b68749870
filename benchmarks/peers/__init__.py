"""What a careful user of PyTorch and Optuna writes for the same work."""

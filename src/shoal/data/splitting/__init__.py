"""Rows for training, validation and the test, and folds."""

"""Trained networks for other programs: ONNX, and what else runs without shoal."""

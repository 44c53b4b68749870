"""ONNX: the graph of layers, the preprocessing before it and the answers behind it, in one file."""

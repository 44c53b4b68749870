"""The operations as calls of the compiled extension, with their gradients."""

"""A table's columns: cells as they stand in files, and columns fitted on training rows."""

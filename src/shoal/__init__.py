"""shoal: train and tune neural networks, hundreds at a time, as one compiled program."""

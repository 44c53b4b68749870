"""The report's figures, one a file, each a function of the facts."""

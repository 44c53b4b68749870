"""Speed of shoal beside its peers, measured in turn in one run; see README.md."""

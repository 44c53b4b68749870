"""Networks and recipes for the data at hand, where nobody says which."""

"""What is compared: a name, where it runs, and a function that fits it."""

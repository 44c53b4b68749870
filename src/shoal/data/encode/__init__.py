"""From raw inputs and targets to the arrays that a network takes."""

"""One module a row, or a pair of rows that differ in their workload only."""

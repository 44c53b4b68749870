"""How good predictions are on tables, beside boosted trees and other networks for tables."""

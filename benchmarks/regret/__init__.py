"""How good samplers are: regret on tables and functions, beside Optuna's samplers."""

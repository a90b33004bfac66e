"""Pure rules: verdicts on claims, on requirements, and on a gate."""

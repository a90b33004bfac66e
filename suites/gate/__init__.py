"""The gate: a base and a head of one thing, side by side, and what the head makes slower, bigger or less conforming."""

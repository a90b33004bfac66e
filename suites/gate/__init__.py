"""The gate: compares two versions, base and head, side by side, and finds what is slower, bigger or less conforming."""

"""The costs of a session by phase and step: counters, a gate, and timers."""

"""What the gate must find, tried for real: `python -m gate_goals`, in the folder `tests`. Takes hours."""

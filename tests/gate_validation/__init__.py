"""What the gate must find, tried for real: `python -m gate_validation`, in the folder `tests`. Takes hours."""

"""Pages on a gate and on a calibration."""

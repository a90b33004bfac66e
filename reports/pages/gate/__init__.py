"""The pages of a gate and of a calibration."""

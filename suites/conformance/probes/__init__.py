"""Observations of a target that several tests share."""

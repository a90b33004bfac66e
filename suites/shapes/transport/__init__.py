"""Sends results of each variant through a pipe."""

"""Runs whole commands on several hosts by a Dask scheduler, and collects their run folders."""

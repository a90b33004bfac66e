"""Sessions with a target: a workload goes in, a trace comes out."""

"""Sessions with a target: a workload goes in, a trace comes out.

A module `test_<part>` has the workloads of a part. `session` runs one of them.
"""

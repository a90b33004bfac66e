"""Pure functions from samples to the numbers of a report.

A new metric is a function here and an entry in `reports.run_folder.declarations`. A metric of sessions also has its
part in `session_figures`.
"""

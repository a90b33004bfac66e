"""The measuring side: the suites, the tasks that they run, and the command that runs them.

A new part is a suite here and an entry in `reports.run_folder.declarations`. A part that measures whole backends is a
module `test_<part>` of `sessions`.
"""

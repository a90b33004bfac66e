"""The pages and sections of a report, one module for each.

`report` puts the sections in order. A new page of the static site is in `reports.site.page_set`.
"""

"""How fast each part of the way is, as a ratio to a loop that does nothing but match; and how much memory it takes.

`python -m tests.benchmarks` prints a table, with `--json` the same as JSON. Nothing here is a test of time:
`benchmarks.md` says what was reached when, `test_benchmarks.py` keeps it running.
"""

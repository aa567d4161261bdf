"""Who must hear that something changed? Once, from one copy, whatever the channels do.

rules     what is worth saying now (pure)
texts     in which words (pure)
ledger    what was said before: rows of the history, claimed by one copy
alerter   all of it together, for the watch
"""

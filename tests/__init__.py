"""Every test holds on every day: rows stand by month and week, or the check is given its `now`.

On a 1st at 00:05 no row is of this month yet; `python -m tests.on_day` shows what that breaks.
"""

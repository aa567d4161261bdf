"""Which repairs are due, in which order, and their careful execution."""

"""Faults injected into the running product, one a row of docs/faults.md."""

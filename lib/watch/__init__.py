"""The process's own watch over one database: when it looks, and what it last saw."""

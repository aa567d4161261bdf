"""Values and words: no connection."""

"""What was seen before: rows of watchtower_checks, and what is derived from them."""

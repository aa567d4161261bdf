"""What a guard's function does and says: tried in a sandbox, and read."""

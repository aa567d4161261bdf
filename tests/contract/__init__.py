"""The contract's sentences, one by one: each status on each face, and each answer's shape."""

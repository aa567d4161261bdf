"""What is kept and handed on: proof, review, drawings."""

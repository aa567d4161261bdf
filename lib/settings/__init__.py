"""What this copy is told: which database, who may do what, whom to tell."""

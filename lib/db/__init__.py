"""How PostgreSQL is reached, and asked."""

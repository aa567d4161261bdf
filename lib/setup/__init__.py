"""The first hour with a database: what it guards already, and what is still missing there."""

"""What the text of a function says, by PostgreSQL's own parser: nothing here runs it."""

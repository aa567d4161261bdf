"""What is there to guard in a database? Found from its catalogs, its texts and a few rows."""

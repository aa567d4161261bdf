"""What the pages are made of: each module draws one subject, for the pages that show it."""

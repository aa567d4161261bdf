"""Which SQL repairs what: text that is shown, planned and run elsewhere."""

"""What is drawn, from a report's tables to figures."""

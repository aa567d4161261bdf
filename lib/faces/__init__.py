"""What answers: HTTP, the command line, the doors before Streamlit."""

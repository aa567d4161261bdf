"""What stands before Streamlit: who may knock, and what goes with every answer."""

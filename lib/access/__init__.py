"""Who may look, and who may run the verification?"""

"""How is what the plan says done, without losing a row?"""

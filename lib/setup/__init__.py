"""The first hour with a database: what is there to guard, and what does the setup lack?"""

"""Partition Watchtower: is the month key of every session and event still guarded?"""

"""The embedded demo: its server, its traffic, its drills."""

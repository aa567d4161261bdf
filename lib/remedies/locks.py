"""Which lock does a remedy take, and for how long? In words, for whoever waits behind it."""

from __future__ import annotations

NONE = "none on the tables"
PROOF = "every row is compared under locks that keep neither readers nor writers waiting"
EVERYBODY = "ACCESS EXCLUSIVE on the table and its partitions, for milliseconds: everybody waits"
WRITERS = "SHARE ROW EXCLUSIVE on the table and its partitions, for milliseconds: writers wait"
NAMED = "ACCESS EXCLUSIVE on what is named, for milliseconds: everybody waits"
ENABLES = "SHARE ROW EXCLUSIVE on what is named, for milliseconds: writers wait"
FINALIZES = "ACCESS EXCLUSIVE on the partition, for milliseconds"
COMPARES = f"SHARE UPDATE EXCLUSIVE: {PROOF}"
MAKES = (
    "ACCESS EXCLUSIVE on the DEFAULT partition while it is read for rows of it, and SHARE ROW "
    "EXCLUSIVE on the table to which a foreign key of it refers, as that of events to sessions; it "
    "gives up after a moment without them"
)
MOVES = (
    "ACCESS EXCLUSIVE on both tables for the exchange, which compares the rows with their copy: "
    "everybody waits, for well under a second up to some ten thousand rows. Copying before it and "
    "proving the foreign key after it keep nobody waiting"
)
ATTACHES = f"ACCESS EXCLUSIVE on both tables, for milliseconds: everybody waits; before it {PROOF}"
REPLACES_KEY = (
    "ACCESS EXCLUSIVE on both tables and their partitions, once for milliseconds: everybody waits; "
    f"after it {PROOF}"
)

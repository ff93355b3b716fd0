"""The override log: its kinds of entries, appending and verifying them, and reading them for a page. What an entry says
is made where the act is done; the triggers that keep the rows as they are stand in `db/triggers.py`."""

"""Words: how a text is split, and one form for what is written in several. Knows no value and no record."""

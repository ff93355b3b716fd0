"""A person decides: one item, several at once, or an exception with the items it is about. One transaction with its log
entry each. Which acts are open is in `policy/legal_acts.py`."""

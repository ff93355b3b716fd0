"""Drafting: what is made of a deal, and whose it is."""

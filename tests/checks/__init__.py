"""Checks: rule tables, a sentence a row."""

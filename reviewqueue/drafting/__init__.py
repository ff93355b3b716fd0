"""Drafting: one file a draft, each filled field cited; and the pure reading of a deal that decides what to draft."""

"""Exceptions: cases of something in the way of an onboarding, each with one owner, two due times and a conversation.
How a case is resolved, which also decides items, is in `review/resolve_exception.py`."""

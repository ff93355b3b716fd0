"""Records: the tables, by noun, with their constraints and no rules. Importing this room knows every table."""

from reviewqueue.records import items, log, messages, onboardings, people, policies
from reviewqueue.records.base import Base

__all__ = ["Base", "items", "log", "messages", "onboardings", "people", "policies"]

"""Promises: what is one and what only looks like one; what holds, and what contradicts it."""

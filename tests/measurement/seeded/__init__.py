"""Seeded defects: faults and seals, and what becomes of the drafts that have one."""

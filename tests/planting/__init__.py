"""Tests of planting/: faults and seals, pure."""

"""Tests of what is found in prose and held against the records."""

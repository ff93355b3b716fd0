"""Backtests: past items and decisions evaluated again under a candidate policy. Reads only; what was decided stays."""

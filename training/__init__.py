"""Trains what the product ships as weights. Nothing of the product imports it."""

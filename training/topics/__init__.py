"""Trains the topic classifier: `python -m training.topics`."""

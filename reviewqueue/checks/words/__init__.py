"""Words: how the six topics are said, one language a file."""

"""Policy: what the organisation decided, as data. Shape, loading from text files, and judging; no clock."""

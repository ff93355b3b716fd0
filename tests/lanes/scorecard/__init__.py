"""The scorecard: its arithmetic, and what the policy already answers of it."""

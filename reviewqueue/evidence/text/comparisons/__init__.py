"""What a sentence says, held against what the records say of the same."""

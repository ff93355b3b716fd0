"""Values in a text: numbers, dates, money, durations and addresses, and whether two of them agree."""

"""What one sentence says: its clauses, whether it affirms or denies, and what it speaks of."""

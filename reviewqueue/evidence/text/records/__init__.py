"""What records say: their fields, people, work and states, read once and looked up by value."""

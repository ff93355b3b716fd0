"""Statistics: pure, and against simulated histories whose truth is known."""

"""Tests of the figures: pure, and against simulated histories whose truth is known."""

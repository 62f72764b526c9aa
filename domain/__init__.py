"""Decisions: pure functions of what was seen, which return their reasons. Standard library only."""

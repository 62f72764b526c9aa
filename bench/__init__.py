"""What the project promises in figures, each beside its peer or its limit, measured in one run."""

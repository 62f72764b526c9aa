"""Secret Manager: secrets, and their numbered versions."""

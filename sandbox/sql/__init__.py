"""Cloud SQL Admin for PostgreSQL: each instance a real PostgreSQL 17 on a loopback address of its own."""

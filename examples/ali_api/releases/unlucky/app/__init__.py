"""Documents, kept in PostgreSQL and found through Elasticsearch."""

__version__ = "1.1.1"

SCHEMA = "0004_add_summary"  # the oldest revision of the schema that this code works on

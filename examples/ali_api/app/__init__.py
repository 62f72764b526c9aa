"""Documents, kept in PostgreSQL and found through Elasticsearch."""

__version__ = "1.0.0"

SCHEMA = "0003_index_created_at"  # the oldest revision of the schema that this code works on

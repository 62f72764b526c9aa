"""Documents, kept in PostgreSQL and found through Elasticsearch."""

__version__ = "1.5.0"

SCHEMA = "0005_rename_body"  # the oldest revision of the schema that this code works on

"""Documents, kept in PostgreSQL and found through Elasticsearch."""

__version__ = "1.6.0"

SCHEMA = "0005_require_author"  # the oldest revision of the schema that this code works on

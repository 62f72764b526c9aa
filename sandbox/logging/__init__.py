"""Cloud Logging: entries, their ingestion lag, and the filter language as far as it is needed."""

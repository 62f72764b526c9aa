"""Elasticsearch: a real server, behind a pass-through that adds what that build lacks and injects faults."""

"""A cloud on localhost: the REST of Google's APIs, Slack and Elasticsearch over real processes."""

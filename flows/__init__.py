"""The runbooks, one file a flow."""

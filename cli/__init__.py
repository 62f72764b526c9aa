"""`muster`: the same runbooks without a Prefect server, for the person on call and for CI."""

"""The demo: a cloud, a Prefect server, a worker, users; and five releases that meet them."""

"""One side effect each, safe to run twice: a Prefect task inside a flow run, a plain function outside."""

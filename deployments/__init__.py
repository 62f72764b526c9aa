"""What prefect.yaml cannot hold: environments, automations, and how all of it is put in place."""

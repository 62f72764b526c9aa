"""Cloud Run: services, revisions, traffic and jobs over real processes and a real router."""

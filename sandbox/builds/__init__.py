"""Cloud Build, as far as Cloud Run's builds:submit needs it: from a source archive to an image."""

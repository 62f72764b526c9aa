"""`python -m app`: serve on PORT until SIGTERM."""

import uvicorn

from .settings import settings

uvicorn.run(
    "app.main:app",
    host="0.0.0.0",  # noqa: S104  a container is reached from outside of it
    port=settings.port,
    access_log=False,  # Cloud Run logs each request itself
    timeout_keep_alive=620,  # longer than Google's front ends keep theirs, or they meet closed connections
    timeout_graceful_shutdown=8,  # of the ten seconds between SIGTERM and SIGKILL
)

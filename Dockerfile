# The worker: runs flows for a Prefect server. Build: docker build -t muster-worker .
# Run: docker run -e PREFECT_API_URL=https://prefect.example/api muster-worker
# The command is in it too: docker run --entrypoint muster muster-worker status production
FROM python:3.12-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/muster
WORKDIR /src
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --locked --no-default-groups --no-install-project
COPY cli ./cli
COPY clients ./clients
COPY domain ./domain
COPY flows ./flows
COPY tasks ./tasks
RUN uv sync --locked --no-default-groups --no-editable

FROM python:3.12-slim
RUN useradd --system --create-home --uid 10001 muster
COPY --from=build /opt/muster /opt/muster
COPY --chown=muster prefect.yaml /muster/
COPY --chown=muster deployments /muster/deployments
WORKDIR /muster
ENV PATH=/opt/muster/bin:$PATH \
    MUSTER_ENVIRONMENTS=/muster/deployments/environments \
    PREFECT_SERVER_ALLOW_EPHEMERAL_MODE=false \
    PREFECT_WORKER_WEBSERVER_HOST=127.0.0.1 \
    PREFECT_WORKER_WEBSERVER_PORT=8080
USER muster
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
ENTRYPOINT []
CMD ["prefect", "worker", "start", "--pool", "muster", "--with-healthcheck"]

"""The runbooks, one file a flow."""

import logging

logging.getLogger("muster").setLevel(logging.INFO)  # what steps say is for the run's log, in Prefect too

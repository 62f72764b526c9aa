"""How a drill ends that did not pass."""


class DrillFailed(Exception):
    """A check failed or could not run, or the drill did not come to its end: this recovery is not to be
    relied on."""


class ObjectiveMissed(Exception):
    """Everything came back and every check passed, and it took too long, or lost too much."""

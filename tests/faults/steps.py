"""The steps of the runbooks, each with the call by which it takes effect."""

from dataclasses import dataclass
from typing import Any

STATE, VAULT = "/b/muster-state/o", "/b/muster-vault/o"
SERVICE = r"/services/{env}(\?|$)"
MARKED, UNMARKED = "(?=.*muster/baseline)", "(?!.*muster/baseline)"


@dataclass(frozen=True)
class Step:
    """One step: which calls are its effect, as regular expressions in which {env} is the environment.

    `releases` are those whose deploy comes to it, the seed draws one; `skips`: of so many such calls at most
    the seed lets some go free. `start` is what the run begins with: see start.py.
    """

    runbook: str
    name: str
    method: str
    path: str
    body: str = ""
    releases: tuple[str, ...] = ("good", "good", "good", "erring", "erring", "migrating")
    skips: int = 0
    start: str = "serving"

    def call(self, env: str, skip: int) -> dict[str, Any]:
        """The fields of a fault that is for this step's effect."""
        return {
            "method": self.method,
            "path": self.path.replace("{env}", env),
            "body": self.body.replace("{env}", env),
            "skip": skip,
        }


def _deploy(name: str, method: str, path: str, body: str = "", **more: Any) -> Step:
    return Step("deploy", name, method, path, body, **more)


def _first(name: str, method: str, path: str, body: str = "", **more: Any) -> Step:
    return Step("first", name, method, path, body, **{"releases": ("good",), "start": "nothing", **more})


def _rollback(name: str, method: str, path: str, body: str = "", **more: Any) -> Step:
    return Step("rollback", name, method, path, body, **{"releases": ("good",), **more})


GOOD = ("good", "good", "good", "good", "good", "migrating")  # a migration's jobs are dear
ANY = ("good", "good", "good", "erring", "sick", "migrating", "good", "erring", "sick", "breaking")
BAD = ("erring", "erring", "sick", "sick", "breaking")
MIGRATING = ("migrating", "breaking")

STEPS = (
    # deploy: a release against a baseline
    _deploy("refuse early", "GET", SERVICE, releases=ANY),
    _deploy("note the run", "POST", f"/upload.*{STATE}", "runs/{env}/", skips=4),
    _deploy("upload the source", "POST", "/upload/storage/", "sources/{env}/", start="source"),
    _deploy("submit the build", "POST", "/builds:submit", "{env}", start="source"),
    _deploy("delete the source", "DELETE", "sources%2F{env}%2F", start="source"),
    _deploy("create the plan's job", "POST", "/jobs[?]jobId={env}-plan-", releases=MIGRATING),
    _deploy("run the plan's job", "POST", "/jobs/{env}-plan-[^/]*:run", releases=MIGRATING),
    _deploy("delete the plan's job", "DELETE", "/jobs/{env}-plan-", releases=MIGRATING),
    _deploy("take the lease", "POST", f"/upload.*{STATE}.*ifGenerationMatch=0", "leases/{env}", releases=ANY),
    _deploy("renew the lease", "POST", f"/upload.*{STATE}.*ifGenerationMatch=[1-9]", "leases/{env}", skips=3),
    _deploy("take in hand", "PATCH", SERVICE, f'^{MARKED}(?!.*"canary")', releases=ANY),
    _deploy("mark recovery point", "POST", "/backupRuns", releases=MIGRATING),
    _deploy("create the migration's job", "POST", "/jobs[?]jobId={env}-migrate-", releases=MIGRATING),
    _deploy("migrate", "POST", "/jobs/{env}-migrate-[^/]*:run", releases=MIGRATING),
    _deploy("delete the migration's job", "DELETE", "/jobs/{env}-migrate-", releases=MIGRATING),
    _deploy(
        "take schema back", "POST", "/jobs/{env}-migrate-[^/]*:run", "downgrade", releases=("breaking",)
    ),
    _deploy("create canary", "PATCH", SERVICE, '"template"', releases=(*GOOD, "erring", "sick")),
    _deploy("split traffic: 20 %", "PATCH", SERVICE, r'^(?!.*"template").*"percent":\s*20\b'),
    _deploy("look at the log", "POST", "/entries:list", "requests.*{env}", skips=4),
    _deploy("keep evidence", "POST", f"/upload.*{STATE}", "evidence/{env}/", skips=4),
    _deploy("split traffic: 50 %", "PATCH", SERVICE, r'"percent":\s*50\b', releases=GOOD),
    _deploy("give all", "PATCH", SERVICE, '^(?=.*"previous")(?=.*"canary")', releases=GOOD),
    _deploy("clear marks", "PATCH", SERVICE, f"^{UNMARKED}", releases=GOOD),
    _deploy("restore baseline", "PATCH", SERVICE, f"^{UNMARKED}", releases=BAD),
    _deploy("forget evidence", "DELETE", "evidence%2F{env}%2F"),
    _deploy("release the lease", "DELETE", "leases%2F{env}", releases=ANY),
    _deploy("keep the record", "POST", f"/upload.*{VAULT}", "releases/{env}/", releases=ANY),
    _deploy("delete the run's note", "DELETE", "runs%2F{env}%2F", releases=ANY),
    # deploy: the first release of a service
    _first("take the lease", "POST", f"/upload.*{STATE}", "leases/{env}"),
    _first("create first", "POST", "/services[?]serviceId={env}", releases=("good", "sick")),
    _first("confirm first", "PATCH", SERVICE),
    _first("release the lease", "DELETE", "leases%2F{env}", releases=("good", "sick")),
    # rollback of a deploy that died on trial: at once
    _rollback("take the lease over", "POST", f"/upload.*{STATE}", "leases/{env}", start="trial"),
    _rollback("restore baseline", "PATCH", SERVICE, start="trial"),
    _rollback("release the lease", "DELETE", "leases%2F{env}", start="trial"),
    _rollback("fence who held it", "POST", f"/upload.*{STATE}", "fences/{env}", start="trial"),
    # rollback to the former baseline: smoked first
    _rollback("take the lease", "POST", f"/upload.*{STATE}", "leases/{env}", start="promoted"),
    _rollback("offer", "PATCH", SERVICE, '"canary"', start="promoted"),
    _rollback("send everyone", "PATCH", SERVICE, '^(?!.*"canary")', start="promoted"),
    _rollback("keep the record", "POST", f"/upload.*{VAULT}", "releases/{env}/", start="promoted"),
    # rollback to a former baseline that no longer does
    _rollback("withdraw", "PATCH", SERVICE, '^(?!.*"canary")', start="promoted over a sick one"),
)  # fmt: skip

RUNBOOKS = (  # for what goes wrong all the time
    _deploy("all of it", "GET", SERVICE, releases=ANY),
    _first("all of it", "GET", SERVICE, releases=("good", "sick")),
    _rollback("all of it, from a trial", "GET", SERVICE, start="trial"),
    _rollback("all of it", "GET", SERVICE, start="promoted"),
)

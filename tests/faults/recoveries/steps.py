"""The steps of a recovery by failover, each with the call by which it takes effect."""

from functools import partial

from tests.faults.step import Step

STATE, VAULT = "/b/muster-state/o", "/b/muster-vault/o"
TAKE = f"/upload.*{STATE}.*ifGenerationMatch=0"
SERVICE = r"/services/{env}(\?|$)"
MARKED, UNMARKED = "(?=.*muster/baseline)", "(?!.*muster/baseline)"

_recover = partial(Step, "recover", draws=("lost", "lost", "alive"))

STEPS = (
    _recover("take the lease", "POST", TAKE, "leases/{env}/recover"),
    _recover("note how far it is", "POST", f"/upload.*{STATE}", '"recoveries/{env}', skips=6),
    _recover("fence", "PATCH", "/instances/{instance}([?]|$)"),
    _recover("promote", "POST", "/instances/{replica}/promoteReplica"),
    _recover("make a secret", "POST", "/secrets[?]secretId={replica}-"),
    _recover("change a password", "PUT", "/instances/{replica}/users", skips=1),
    _recover("write a secret", "POST", "/secrets/{env}-[^/]*:addVersion", skips=1),
    _recover("resume backups", "PATCH", "/instances/{replica}([?]|$)"),
    _recover("take the service's lease", "POST", TAKE, '"leases/{env}"'),
    _recover("take in hand", "PATCH", SERVICE, f'^{MARKED}(?!.*"template")(?!.*"canary")'),
    _recover("create the revision", "PATCH", SERVICE, '"template"'),
    _recover("send over", "PATCH", SERVICE, f'^{MARKED}(?!.*"template")(?=.*"canary")'),
    _recover("clear marks", "PATCH", SERVICE, f"^{UNMARKED}"),
    _recover("delete a secret", "DELETE", "/secrets/{replica}-", skips=2),
    _recover("write the report", "POST", f"/upload.*{VAULT}", r'"drills/{env}/[^"]*\.json"'),
    _recover("release the lease", "DELETE", "leases%2F{env}%2Frecover"),
)

ALL = _recover("all of it", "GET", "/{env}")

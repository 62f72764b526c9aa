"""A Cloud Run service as it was found, and what that means for a deploy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.refusal import Problem
from domain.traffic import Split

PREFIX = "muster/"  # of our annotations; the platform refuses to store any under its own


@dataclass(frozen=True)
class Revision:
    """A revision: whether it can serve, or never will, and why. Neither: it is still starting."""

    name: str
    ready: bool
    failed: bool = False
    reason: str = ""
    image: str = ""


@dataclass(frozen=True)
class Service:
    """What a reading of the service told. Revisions go by their short names."""

    name: str
    uri: str
    etag: str
    asked: Split | None  # what its traffic field says; None where it names a latest revision that never was
    served: Split | None  # what its statuses say
    settled: bool  # nothing is under way
    tag_uris: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    latest_created: str = ""

    def done(self, wanted: Split) -> bool:
        """Whether a split is in force. The service's own terminal condition does not tell: after a release
        that crashed at start it stays failed while the split is served well."""
        return self.settled and self.served is not None and self.served.equals(wanted)


@dataclass(frozen=True)
class Mark:
    """What a rescuer must know, kept on the service itself: who acts, on what, and what to go back to.

    `schema` is the schema revision that the baseline was last proven on. `broken`: the baseline did not work
    when the deploy began, and is nothing to go back to once the canary has all traffic.
    """

    baseline: str
    deploy: str
    lease: str
    schema: str = ""
    canary: str = ""
    broken: bool = False

    def annotations(self) -> dict[str, str]:
        """The mark as annotations; what is empty is left out."""
        values = {
            "baseline": self.baseline,
            "deploy": self.deploy,
            "lease": self.lease,
            "schema": self.schema,
            "canary": self.canary,
            "broken": "true" if self.broken else "",
        }
        return {PREFIX + name: value for name, value in values.items() if value}


SIGNATURE = PREFIX + "lease"
UNPROVEN = PREFIX + "unproven"  # the revision of a first deploy, until it passed its smoke checks


def mark_on(service: Service) -> Mark | None:
    """The mark of a deploy that is under way, or was when it died."""
    found = service.annotations
    baseline = found.get(PREFIX + "baseline")
    if not baseline:
        return None
    return Mark(
        baseline=baseline,
        deploy=found.get(PREFIX + "deploy", ""),
        lease=found.get(PREFIX + "lease", ""),
        schema=found.get(PREFIX + "schema", ""),
        canary=found.get(PREFIX + "canary", ""),
        broken=PREFIX + "broken" in found,
    )


def signature(nonce: str) -> dict[str, str]:
    """The annotation that stays on the service: by which lease its split was set last."""
    return {SIGNATURE: nonce}


def signed_by(service: Service) -> str:
    """The nonce of the lease by which Muster set the split last; empty when it never did."""
    return service.annotations.get(SIGNATURE, "")


def others_annotations(service: Service) -> dict[str, str]:
    """The annotations that are not ours."""
    return {name: value for name, value in service.annotations.items() if not name.startswith(PREFIX)}


def never_proven(service: Service) -> bool:
    """Whether no release of this service was ever smoked and given its traffic: the next one is a first."""
    return UNPROVEN in service.annotations or service.served is None


def baseline_of(service: Service) -> str | Problem:
    """The revision to compare with and to go back to: the marked one, else the one with all traffic."""
    mark = mark_on(service)
    if mark:
        return mark.baseline
    shares = service.served.shares if service.served else {}
    if len(shares) == 1:
        return next(iter(shares))
    if not shares:
        return Problem(f"{service.name}: no revision has its traffic", "deploy it, or give one all traffic")
    return Problem(
        f"{service.name}: its traffic is split ({service.served}), and no deploy's mark says which is the "
        "baseline",
        "give one revision all traffic (muster rollback --to REVISION), then deploy",
    )


def unready(service: Service, revisions: Mapping[str, Revision]) -> list[Problem]:
    """A service is healthy when every revision with traffic is ready, whatever its newest revision is."""
    if service.served is None:
        return []
    return [
        Problem(
            f"{service.name}: {name} has {percent} % of the traffic and is not ready"
            + (f" ({revisions[name].reason})" if name in revisions and revisions[name].reason else ""),
            "roll back (muster rollback), or deploy over it with --fix-forward",
        )
        for name, percent in service.served.shares.items()
        if name not in revisions or not revisions[name].ready
    ]

"""A recovery's plan, as a person reads it before they agree to it."""

from domain import wording
from domain.loss import Unmeasurable
from domain.recovery_plan import RecoveryPlan
from domain.recovery_wish import SAID


def plan_lines(environment: str, plan: RecoveryPlan) -> list[str]:
    """The plan in lines: what, what it loses, how long it takes, what it costs."""
    whence = f", from {plan.old} to {plan.new}" if plan.old else ""
    return [
        f"{environment}: {SAID[plan.way]}{whence}",
        *(f"{number}. {step}" for number, step in enumerate(plan.steps, 1)),
        f"predicted loss: {loss_said(plan)}; the objective is {wording.length(plan.promise.rpo)}",
        f"predicted time: {plan.takes_said}; the objective is {wording.length(plan.promise.rto)}",
        f"cost: {plan.cost_said}",
    ]


def plan_page(environment: str, plan: RecoveryPlan) -> str:
    """The same as Markdown."""
    title, *rest = plan_lines(environment, plan)
    steps = [line for line in rest if line[0].isdigit()]
    others = [f"- {line}" for line in rest if not line[0].isdigit()]
    return "\n".join([f"## {title}", "", *steps, "", *others])


def loss_said(plan: RecoveryPlan) -> str:
    if isinstance(plan.loss, Unmeasurable):
        return f"not known ({plan.loss.why})"
    return (
        f"{wording.length(plan.loss)} of writes ({plan.loss_said})"
        if plan.loss
        else f"none ({plan.loss_said})"
    )

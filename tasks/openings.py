"""The opening of a trial: the plan is noted and told."""

from clients.cloud_run import read_service
from clients.environment import Environment
from domain.messages import plan_text
from domain.release_plan import Plan
from tasks.journal import journal


def open_trial(env: Environment, plan: Plan) -> None:
    """Note in the record what is about to be done, and say it."""
    record = journal().record
    service = read_service(env)
    record.image, record.baseline, record.canary = plan.image, plan.baseline, plan.revision
    record.schema_before = plan.schema
    record.schema_after = plan.schema
    record.service_url = service.uri if service else ""
    text = plan_text(plan, env.canary.steps)
    journal().say(text)
    journal().show("under way", 0)

"""The app that owns what all services share: commands, checks, pages."""

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings

from config.refusals import WrongSetting


class ProcessConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        from chassis import traces
        from config import checks  # noqa: F401  importing registers them

        if settings.TRACES_OF:
            traces.record(settings.TRACES_OF)
        if settings.FAULTS_FILE:
            _refuse_wrong_plan(Path(settings.FAULTS_FILE))


def _refuse_wrong_plan(file: Path) -> None:
    from chassis.fault_plans import WrongPlan, read_plan  # only a process that plans faults needs it

    try:
        read_plan(file)
    except WrongPlan as wrong:
        raise WrongSetting(f"FAULTS_FILE is wrong: {wrong}") from wrong

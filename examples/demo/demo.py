"""Telling the story, one clear line a step."""

import os
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from examples.demo.cloud import Cloud
from examples.demo.prefect_api import ENDED, Prefect
from examples.demo.processes import NotReady, process_of
from examples.demo.stage import Stage
from examples.demo.story import STORY, Chapter
from examples.demo.table import summary

PATIENCE = "PT5M"  # how long a run waits for the one before it
WIDTH = 150  # of the table where the output is no terminal
LONGEST = 240.0  # seconds for one release
ELAPSED = re.compile(r"^ *\d+:\d\d  ")  # with which a command begins each of its lines
LOOK = re.compile(r", [\d.]+ s of \d+ s: ")


class Demo:
    """Sets the stage, plays every chapter, and sums up."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._console = Console(highlight=False, soft_wrap=True)
        self._console.width = max(self._console.width, WIDTH)
        self._began = time.monotonic()
        self._report = ""

    def tell(self, text: str, style: str | None = None) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        self._console.print(f"{minutes:2d}:{seconds:02d}  {text}", style=style, markup=False)

    def set_the_stage(self) -> None:
        stage = self._stage
        self.tell(
            "starting a cloud on localhost (PostgreSQL, Elasticsearch, a router), and Prefect beside it"
        )
        stage.start_servers()
        with ThreadPoolExecutor(1) as beside:
            opened = beside.submit(stage.prefect.open)
            stage.lay_landscape()
            self.tell("the cloud is up; deploying the first release of the sample service")
            stage.deploy_base()
            stage.start_keepers()
            stage.send_users(STORY[0].users)
            self.tell(
                f"ali-api serves at {stage.service}; a hundred users send it {STORY[0].users} requests/s"
            )
            opened.result()
        self.tell(f"Prefect is up at {stage.prefect.address}, with its deployments and a worker")

    def play(self) -> None:
        """Every release through Prefect, each asked for while the one before is still going on."""
        prefect, cloud = Prefect(self._stage.prefect.address), Cloud(self._stage.endpoints)
        run = self._ask_for(STORY[0], prefect)
        for chapter, following in zip(STORY, [*STORY[1:], None], strict=True):
            self.tell(f"{chapter.release}: {chapter.about}", style="bold")
            self.tell(f"{chapter.release}: {prefect.link(run)}", style="dim")
            self._stage.send_users(chapter.users)
            run = self._follow(chapter, run, following, prefect, cloud)

    def back_up(self) -> bool:
        """A recovery set of what all these releases have left; whether it came to be."""
        self.tell("backup: database, search index, configuration, secret versions as one set", style="bold")
        return self._see_through("backup")

    def drill(self) -> bool:
        """That set restored into isolation, and the catalogue, in which it is proven then."""
        self._stage.isolate()
        self.tell("drill: the set restored into isolation, its release run on it, all checked", style="bold")
        passed = self._see_through("restore-drill")
        self._report = Cloud(self._stage.endpoints).drill_report()
        self.tell(f"drill: its report is {self._report}")
        catalogue = self._stage.catalogue(self._console.width)
        self._console.print(catalogue, markup=False)
        return passed and " proven " in catalogue

    def fail_over(self) -> None:
        """The database's primary lost, for real, under traffic, and its replica promoted."""
        self.tell("failover: the primary's disk is lost; its replica is promoted", style="bold")
        self._stage.lose_the_primary()
        for line in self._stage.recover():
            self.tell(f"failover: {ELAPSED.sub('', line)}")

    def _see_through(self, name: str) -> bool:
        """Run a deployment, pass on what it says, until it ends; whether it did well."""
        prefect = Prefect(self._stage.prefect.address)
        run = prefect.ask_for(name)
        self.tell(f"{name}: {prefect.link(run)}", style="dim")
        told, state, end = 0, "", time.monotonic() + LONGEST
        while state not in ENDED and time.monotonic() < end:
            state = prefect.state(run)
            lines = prefect.lines(run, told)
            told += len(lines)
            for logger, text in lines:
                if logger == "muster" and worth_telling(text):
                    self.tell(f"{name}: {text}")
            time.sleep(0.5)
        return state == "COMPLETED"

    def sum_up(self) -> bool:
        """Show the table and where to look; whether everything ended as it should."""
        stage = self._stage
        table, right = summary(Cloud(stage.endpoints).records())
        self._console.print(table)
        for name, address in vars(stage.addresses).items():
            self._console.print(f"{name:12} {address}")
        self._console.print(f"{'drill report':12} {self._report}")
        return right

    def _ask_for(self, chapter: Chapter, prefect: Prefect) -> str:
        source = str(self._stage.source(chapter.release))
        return prefect.ask_for("deploy", release={"ref": chapter.release, "source": source}, wait=PATIENCE)

    def _follow(
        self, chapter: Chapter, run: str, following: Chapter | None, prefect: Prefect, cloud: Cloud
    ) -> str:
        """Pass on what a run says until it ends; the run of the release after it, asked for in time."""
        told, next_run, alive, end = 0, "", True, time.monotonic() + LONGEST
        while time.monotonic() < end:
            state, split = prefect.state(run), cloud.split()
            lines = prefect.lines(run, told)
            told += len(lines)
            for logger, text in lines:
                if logger == "muster" and worth_telling(text):
                    self.tell(f"{chapter.release}: {text}")
            if chapter.killed_when and alive and chapter.killed_when(split):
                alive = False
                self._kill(chapter, run)
            ended = state in ENDED and (alive or chapter.release in cloud.records())
            begun = ended or state == "RUNNING"
            if following and not next_run and begun and (ended or chapter.next_when(split)):
                next_run = self._ask_for(following, prefect)
            if ended:
                return next_run
            time.sleep(0.5)
        raise NotReady(f"{chapter.release}: no end after {LONGEST:.0f} s; see {prefect.link(run)}")

    def _kill(self, chapter: Chapter, run: str) -> None:
        process = process_of(run)
        os.kill(process, signal.SIGKILL)
        self.tell(
            f"{chapter.release}: kill -9 of its process, {process}; its lease has to lapse now",
            style="bold",
        )


def worth_telling(text: str) -> bool:
    """Without the timing of each step, and without every single look at the log."""
    return ": done in" not in text and not LOOK.search(text)

"""The loop that does what outlives a request: relays announcements, reacts to them, resumes what was left."""

import logging
import math
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterable

from django.apps import apps
from django.db import Error, close_old_connections, connections

from chassis import context, kills, metrics
from chassis.leases import leased_models
from chassis.problems import ServicePaused, is_outage
from chassis.service import Job, ServiceConfig
from chassis.topology import topology
from chassis.wakes import listen, sleep, wake
from chassis.webhook_deliveries import TIMEOUT_SECONDS, wait_for_answers

IDLE_SECONDS = 1.0
# A job that relays to a neighbour who does not answer takes long, but not that long.
LONGEST_JOB_SECONDS = 150.0
# What is being sent to strangers when a worker stops is given so long to be answered; then others send it again.
LAST_ANSWERS_SECONDS = 3.0
logger = logging.getLogger("tearline")


class Worker:
    """Any number may run, in any process: leases keep them apart."""

    def __init__(self, services: Iterable[str] | None = None) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.services = tuple(services or topology().hosted)
        self._listening: set[str] = set()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._cut_off: set[str] = set()
        self._ran_at: dict[tuple[str, str], float] = {}
        self._moved_at = time.monotonic()
        for service in self.services:
            metrics.work_begins(service, [job.name for job in _config(service).jobs()])

    @property
    def is_well(self) -> bool:
        """Whether it came to the end of a job not long ago."""
        return time.monotonic() - self._moved_at < LONGEST_JOB_SECONDS

    def run(self) -> None:
        """Work until stopped; whatever it still holds then is given back."""
        try:
            while not self._stopping.is_set():
                self._listen()
                if not self.run_once():
                    sleep(IDLE_SECONDS)
        finally:
            wait_for_answers(LAST_ANSWERS_SECONDS)
            self.give_back()
            close_old_connections()
            self._ended.set()

    def run_once(self) -> int:
        """Do what is due now, once round; returns how much that was. A broken job is logged and holds up no other."""
        done = sum(self._work_for(service) for service in self.services)
        close_old_connections()
        return done

    def drain(self, rounds: int = 1000) -> None:
        """Work until nothing is due, for commands and tests that want to see the end of it."""
        for _ in range(rounds):
            if not self.run_once() and not wait_for_answers(TIMEOUT_SECONDS):
                return

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """Finish the round, give back the leases, end. Of a round that takes too long they are given back too."""
        self.end()
        if not self._ended.wait(timeout_seconds):
            self.give_back()

    def end(self) -> None:
        """Ask it to end after what it is doing; from a signal, where waiting is not possible."""
        self._stopping.set()
        wake()

    def give_back(self) -> None:
        """End its leases; where nothing can be written now, they run out or are ended by whoever moves the database."""
        for service in self.services:
            if service not in self._cut_off:
                self._give_back(service)

    def _listen(self) -> None:
        """Be woken by other processes where the database can; it may be moved to where it can."""
        for service in self.services:
            if service not in self._listening and connections[service].vendor == "postgresql":
                self._listening.add(service)
                threading.Thread(target=listen, args=(service, self._stopping), daemon=True).start()

    def _work_for(self, service: str) -> int:
        """One round of a service's jobs. What it held when its database went away is given back before the next."""
        if service in self._cut_off and not self._give_back(service):
            return 0
        self._cut_off.discard(service)
        return sum(self._attempt(service, job) for job in _config(service).jobs() if self._is_time_for(service, job))

    def _is_time_for(self, service: str, job: Job) -> bool:
        now, known = time.monotonic(), (service, job.name)
        is_time = now - self._ran_at.get(known, -math.inf) >= job.every_seconds
        if is_time and job.every_seconds:
            self._ran_at[known] = now
        return is_time

    def _attempt(self, service: str, job: Job) -> int:
        """How much it did. Once the database is away, no other job waits for it in vain."""
        if self._stopping.is_set() or service in self._cut_off:
            return 0
        done, failed = 0, False
        with context.entered(context.for_work("", service=service)), kills.running("job", job.name):
            try:
                done = job.run(self.name)
            except ServicePaused:
                pass
            except Exception as exc:
                failed = True
                if is_outage(exc):
                    self._cut_off.add(service)
                logger.exception("the job %s failed", job.name)
        self._moved_at = time.monotonic()
        metrics.job_ended(service, job.name, done, failed=failed)
        return done

    def _give_back(self, service: str) -> bool:
        """Whether the service's database could be reached."""
        try:
            for model in leased_models(service):
                model.objects.using(service).give_back(self.name)
        except ServicePaused:
            return True
        except Error as exc:
            logger.warning("the database of %s does not serve: %s", service, exc)
            return False
        return True


def _config(service: str) -> ServiceConfig:
    config = apps.get_app_config(service)
    if not isinstance(config, ServiceConfig):
        raise TypeError(f"{service} is no service")
    return config

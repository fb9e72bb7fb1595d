"""The loop that does what outlives a request: relays announcements, reacts to them, resumes what was left."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.apps import apps
from django.db import Error, close_old_connections, connections

from chassis.leases import Leased
from chassis.problems import ServicePaused, is_outage
from chassis.service import Job, ServiceConfig
from chassis.topology import topology
from chassis.wakes import listen, sleep, wake

IDLE_SECONDS = 1.0
logger = logging.getLogger("tearline")


class Worker:
    """Any number may run, in any process: leases keep them apart."""

    def __init__(self, services: Iterable[str] | None = None) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.services = tuple(services or topology().hosted)
        self._listening: set[str] = set()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        # What it held when a database went away would wait for its leases to run out.
        self._was_cut_off = False

    def run(self) -> None:
        """Work until stopped; whatever it still holds then is given back."""
        try:
            while not self._stopping.is_set():
                self._listen()
                if not self.run_once():
                    sleep(IDLE_SECONDS)
        finally:
            self._try_to_give_back()
            close_old_connections()
            self._ended.set()

    def run_once(self) -> int:
        """Do what is due now, once round; returns how much that was. A broken job is logged and holds up no other."""
        if self._was_cut_off:
            self._was_cut_off = not self._try_to_give_back()
        done = sum(self._attempt(job) for job in self._jobs())
        close_old_connections()
        return done

    def drain(self, rounds: int = 1000) -> None:
        """Work until nothing is due, for commands and tests that want to see the end of it."""
        for _ in range(rounds):
            if not self.run_once():
                return

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """Finish the round, give back the leases, end. Of a round that takes too long they are given back too."""
        self.end()
        if not self._ended.wait(timeout_seconds):
            self._try_to_give_back()

    def end(self) -> None:
        """Ask it to end after what it is doing; from a signal, where waiting is not possible."""
        self._stopping.set()
        wake()

    def give_back(self) -> None:
        """Where nothing can be written now, whoever moves the database gives them back."""
        for service in self.services:
            with suppress(ServicePaused):
                self._give_back(service)

    def _try_to_give_back(self) -> bool:
        """Whether that was possible: while a database is away, its leases run out by themselves."""
        try:
            self.give_back()
        except Error as exc:
            logger.warning("%s gives nothing back: %s", self.name, exc)
            return False
        return True

    def _listen(self) -> None:
        """Be woken by other processes where the database can; it may be moved to where it can."""
        for service in self.services:
            if service not in self._listening and connections[service].vendor == "postgresql":
                self._listening.add(service)
                threading.Thread(target=listen, args=(service, self._stopping), daemon=True).start()

    def _give_back(self, service: str) -> None:
        for model in _leased_models(service):
            model.objects.using(service).give_back(self.name)

    def _jobs(self) -> list[Job]:
        return [job for service in self.services for job in _config(service).jobs()]

    def _attempt(self, job: Job) -> int:
        try:
            return 0 if self._stopping.is_set() else job.run(self.name)
        except ServicePaused:
            return 0
        except Exception as exc:
            self._was_cut_off |= is_outage(exc)
            logger.exception("the job %s failed", job.name)
            return 0


def _config(service: str) -> ServiceConfig:
    config = apps.get_app_config(service)
    if not isinstance(config, ServiceConfig):
        raise TypeError(f"{service} is no service")
    return config


def _leased_models(service: str) -> list[Any]:
    return [model for model in _config(service).get_models() if issubclass(model, Leased)]

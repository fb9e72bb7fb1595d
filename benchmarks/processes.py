"""The CPU that processes have used so far, to the nanosecond, read from outside (Linux)."""

import ctypes
import os
import time
from pathlib import Path

_libc = ctypes.CDLL(None)
_TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, those that have ended included; 0 for no process."""
    if not pid:
        return 0.0
    return _clock(pid) + _of_ended_children(pid) + sum(cpu_seconds(child) for child in _children(pid))


def _clock(pid: int) -> float:
    clock = ctypes.c_int()
    if _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
        return 0.0
    try:
        return time.clock_gettime(clock.value)
    except OSError:  # it has ended in the meantime
        return 0.0


def _children(pid: int) -> list[int]:
    return [int(word) for word in _read(pid, f"task/{pid}/children").split()]


def _of_ended_children(pid: int) -> float:
    """`cutime` and `cstime` of proc(5), which count in ticks."""
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return sum(map(int, fields[13:15])) * _TICK


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except OSError:
        return ""

"""What the tests have in common: a folder and a simulator of their own."""

from __future__ import annotations

import dataclasses
import itertools
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import danmal

SCALE = 0.02
_numbers = itertools.count()
ROOT = Path(__file__).resolve().parents[2]

# What is no test, and what needs a build with faults on command.
collect_ignore = ["conformance"]
if not hasattr(danmal._native, "torture_call"):
    collect_ignore.append("torture")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let nothing be left out where nobody looks at the summary."""
    report = yield
    if report.skipped and "CI" in os.environ:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was left out: {report.longrepr}"
    return report


@pytest.fixture
def till(tmp_path: Path) -> dict[str, Any]:
    """Settings of a terminal of this test alone, with time that runs fast, and patience for a loaded machine."""
    durations = danmal.Durations(question=30.0, prepare=100.0, inactivity=2_000.0, total=3_000.0, query=300.0)
    profile = dataclasses.replace(danmal.Profile.simulator(), durations=durations)
    return {"folder": tmp_path, "time_scale": SCALE, "profile": profile}


@pytest.fixture
def place() -> str:
    """A simulator of this test alone."""
    return f"simulator:test-{next(_numbers)}"


def simulator_program() -> str:
    """The simulator as a program: it outlives the till."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    name = "danmal-simulator.exe" if sys.platform == "win32" else "danmal-simulator"
    program = os.environ.get("DANMAL_SIMULATOR", str(target / "debug" / name))
    if not Path(program).exists():
        pytest.fail(f"no simulator at {program}: cargo build -p danmal-simulator, or name it in DANMAL_SIMULATOR")
    return program


@contextmanager
def simulator(*arguments: str) -> Iterator[str]:
    """Run the simulator, and give what it prints first: where it listens."""
    with subprocess.Popen([simulator_program(), *arguments], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.kill()


@pytest.fixture
def tcp() -> Iterator[str]:
    """A simulator on TCP, as an address, with time that runs fast."""
    with simulator("--listen", "tcp://127.0.0.1:0", "--time-scale", str(SCALE)) as address:
        yield f"{address}?simulated=true"

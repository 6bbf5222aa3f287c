"""The log: Python's own, an allow-list, and silent until somebody listens."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import danmal

CANARIES = ["4929123456781234", "01098765432", "비밀 주문"]


def wait_for(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    """Wait until it was said: lines come on a thread of their own."""
    for _ in range(200):
        said = [record.getMessage() for record in caplog.records if record.name == "danmal"]
        if any(word in line for line in said):
            return said
        time.sleep(0.02)
    raise AssertionError(said)


def test_a_payment_is_logged_masked(place: str, till: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="danmal")
    with danmal.sync.Terminal(place, **till) as terminal:
        receipt = terminal.issue_cash_receipt(5_000, identifier="01098765432", order="비밀 주문")
        assert receipt.outcome(timeout=30).kind == "approved"
        assert terminal.approve(15_000).outcome(timeout=30).kind == "approved"
        said = wait_for(caplog, "code=010010")
    said = wait_for(caplog, "approved")
    assert any(line.startswith("sent ") and "code=010010" in line for line in said)
    assert {record.levelno for record in caplog.records if record.name == "danmal"} >= {logging.DEBUG, logging.INFO}
    for line in said:
        assert "{" not in line
        assert not any(canary in line for canary in CANARIES)


def test_the_level_is_followed(place: str, till: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="danmal")
    with danmal.sync.Terminal(place, **till) as terminal:
        assert terminal.approve(3_000).outcome(timeout=30).kind == "approved"
        assert [record for record in caplog.records if record.name == "danmal"] == []
        caplog.set_level(logging.INFO, logger="danmal")
        assert terminal.approve(3_000).outcome(timeout=30).kind == "approved"
        said = wait_for(caplog, "outcome")
        assert not any(line.startswith("sent") for line in said)


def test_a_handler_that_raises_or_calls_back_in_ends_no_log(place: str, till: dict[str, Any]) -> None:
    seen: list[str] = []
    terminal = danmal.sync.Terminal(place, **till)

    class Odd(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())
            assert terminal.status().simulated
            message = "a handler that raises"
            raise ZeroDivisionError(message)

    logger, handler = logging.getLogger("danmal"), Odd()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        for won in (3_000, 4_000):
            assert terminal.approve(won).outcome(timeout=30).kind == "approved"
        for _ in range(200):
            if sum("outcome" in line for line in seen) >= 2:
                break
            time.sleep(0.02)
        assert sum("outcome" in line for line in seen) >= 2
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
        assert terminal.close()


def test_the_last_lines_are_said_before_the_interpreter_ends(tmp_path: Path) -> None:
    program = """
import logging, sys, danmal
logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stdout)
with danmal.sync.Terminal("simulator:", folder=sys.argv[1], time_scale=0.02) as terminal:
    terminal.approve(3_000).outcome(timeout=30)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "danmal INFO outcome" in done.stdout


def test_nothing_is_printed_unless_asked_for(tmp_path: Path) -> None:
    program = """
import sys, danmal
with danmal.sync.Terminal("simulator:", folder=sys.argv[1], time_scale=0.02) as terminal:
    terminal.approve(1_101).outcome(timeout=30)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

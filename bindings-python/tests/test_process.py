"""Ends of processes, forks and interpreters: none hangs, and none lies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE = 60.0
"""Seconds after which a process hangs for the purposes of a test."""


def run(program: str, folder: Path, *, kill_at: str | None = None) -> tuple[int, str, str]:
    """Run a program; with `kill_at`, send it Ctrl-C when it says so."""
    process = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", program, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    said = ""
    try:
        if kill_at is not None:
            assert process.stdout is not None
            while kill_at not in said:
                line = process.stdout.readline()
                assert line, process.communicate()
                said += line
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    return process.returncode, said + out, err


BEGIN = """
import sys, time, danmal
terminal = danmal.sync.Terminal("simulator:till", folder=sys.argv[1], time_scale=0.3)
payment = terminal.approve(1_020)
for event in payment.events():
    if event.code == danmal.EventCode.SENT:
        break
"""


def test_an_interpreter_ends_during_a_payment(tmp_path: Path) -> None:
    """What the next till finds is tested over TCP, where the terminal outlives the till."""
    assert run(BEGIN + "terminal._closed = True\n", tmp_path) == (0, "", "")


def test_a_daemon_thread_waits_while_the_interpreter_ends(tmp_path: Path) -> None:
    program = (
        BEGIN
        + """
import threading, logging
logging.basicConfig(level=logging.DEBUG, filename=sys.argv[1] + "/log")
for _ in range(4):
    threading.Thread(target=payment.outcome, daemon=True).start()
    threading.Thread(target=list, args=(payment.events(),), daemon=True).start()
time.sleep(0.2)
terminal._closed = True
print("ending")
"""
    )
    start = time.monotonic()
    code, out, err = run(program, tmp_path)
    assert (code, out, err) == (0, "ending\n", "")
    assert time.monotonic() - start < PATIENCE / 2


def test_a_thread_that_waits_is_waited_for(tmp_path: Path) -> None:
    program = """
import sys, threading, danmal
terminal = danmal.sync.Terminal("simulator:till", folder=sys.argv[1], time_scale=0.02)
payment = terminal.approve(1_020)
def wait():
    print(payment.outcome(timeout=30).kind)
    terminal.close()
threading.Thread(target=wait).start()
"""
    assert run(program, tmp_path) == (0, "approved\n", "")


def test_ctrl_c_ends_a_wait_and_not_the_payment(tmp_path: Path) -> None:
    program = (
        BEGIN
        + """
start = time.monotonic()
try:
    print("paying")
    payment.outcome()
except KeyboardInterrupt:
    print("interrupted", payment.try_outcome(), time.monotonic() - start < 5)
print(payment.outcome(timeout=60).kind, terminal.close())
"""
    )
    code, out, err = run(program, tmp_path, kill_at="paying")
    assert code == 0, err
    assert out.splitlines() == ["paying", "interrupted None True", "approved True"]


@pytest.mark.parametrize("call", ["list(terminal.events())", "terminal.print(danmal.Paper().left(20, 'x'))"])
def test_ctrl_c_ends_other_waits(tmp_path: Path, call: str) -> None:
    program = (
        BEGIN
        + f"""
try:
    print("waiting")
    {call}
except KeyboardInterrupt:
    print("interrupted", payment.try_outcome())
terminal.close()
"""
    )
    code, out, err = run(program, tmp_path, kill_at="waiting")
    assert code == 0, err
    assert out.splitlines() == ["waiting", "interrupted None"]


def test_a_handler_of_a_signal_runs_during_a_wait(tmp_path: Path) -> None:
    program = (
        BEGIN
        + """
import signal
heard = []
def hear(*_):
    heard.append(payment.try_outcome())
    payment.events().next(timeout=1)
signal.signal(signal.SIGINT, hear)
print("waiting")
print(payment.outcome(timeout=60).kind, heard, terminal.close())
"""
    )
    code, out, err = run(program, tmp_path, kill_at="waiting")
    assert code == 0, err
    assert out.splitlines() == ["waiting", "approved [None] True"]


def test_ctrl_c_in_asyncio(tmp_path: Path) -> None:
    program = """
import asyncio, sys, danmal
async def main():
    async with danmal.Terminal("simulator:till", folder=sys.argv[1]) as terminal:
        payment = terminal.approve(1_020)
        async for event in payment.events():
            if event.code == danmal.EventCode.SENT:
                print("paying", flush=True)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""
    start = time.monotonic()
    code, out, err = run(program, tmp_path, kill_at="paying")
    assert code == 0, err
    assert out.splitlines() == ["paying", "interrupted"]
    assert time.monotonic() - start < PATIENCE / 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_holds_nothing(tmp_path: Path) -> None:
    program = """
import asyncio, os, sys, time, warnings, danmal
warnings.simplefilter("ignore", DeprecationWarning)
terminal = danmal.sync.Terminal("simulator:till", folder=sys.argv[1], time_scale=0.1)
payment = terminal.approve(1_020)
watch = payment.events()
child = os.fork()
if child == 0:
    said = []
    for call in (
        lambda: terminal.approve(1_000),
        lambda: danmal.sync.Terminal("simulator:other", folder=sys.argv[1]),
        lambda: terminal.last_transaction(),
        lambda: terminal.history(),
        lambda: terminal.recover(),
    ):
        try:
            call()
            said.append("taken")
        except danmal.ForkedError as error:
            said.append(error.code.value)
    said.append(payment.outcome(timeout=20).kind)
    said.append(type(payment.resolution(timeout=20)).__name__)
    payment.request_cancel()
    said.append(len(terminal.pending()))
    terminal.status()
    async def watch_it():
        return (await asyncio.wait_for(danmal.Operation(payment._handle, terminal._handle).outcome(), 20)).kind
    said.append(asyncio.run(watch_it()))
    said.append(terminal.close())
    print(said, flush=True)
    del terminal, payment, watch
    os._exit(0)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), payment.outcome(timeout=60).kind, terminal.close())
"""
    code, out, err = run(program, tmp_path)
    assert code == 0, err
    assert out.splitlines() == [
        "['forked', 'forked', 'forked', 'forked', 'forked', 'unknown', 'StillUnknown', 0, 'unknown', True]",
        "0 approved True",
    ], err


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_danmal_is_used_for_the_first_time_after_a_fork(tmp_path: Path) -> None:
    program = """
import os, sys, danmal
child = os.fork()
if child == 0:
    with danmal.sync.Terminal("simulator:till", folder=sys.argv[1], time_scale=0.02) as terminal:
        print(terminal.approve(3_000).outcome(timeout=30).kind, flush=True)
    sys.exit(0)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))
"""
    assert run(program, tmp_path) == (0, "approved\n", "")


def test_a_worker_of_multiprocessing_pays(tmp_path: Path) -> None:
    program = """
import multiprocessing, sys, danmal
def pay(folder):
    with danmal.sync.Terminal("simulator:till", folder=folder, time_scale=0.02) as terminal:
        return terminal.approve(3_000).outcome(timeout=30)
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(pay, (sys.argv[1],)).kind)
"""
    path = tmp_path / "program.py"
    path.write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path), str(tmp_path)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "approved\n", "")


def test_a_sub_interpreter_is_refused_in_words(tmp_path: Path) -> None:
    program = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
if sys.argv[-1] == "used":
    import danmal
number = interpreters.create("legacy") if sys.version_info >= (3, 13) else interpreters.create(isolated=False)
interpreters.run_string(number, '''
import sys
try:
    import danmal
except ImportError as error:
    print(error, file=sys.stderr, flush=True)
''')
"""
    for used in ("used", "unused"):
        code, _, err = run(program.replace("sys.argv[-1]", repr(used)), tmp_path)
        assert code == 0, err
        assert err == "danmal runs in the main interpreter alone: use it there, not in a sub-interpreter\n"


def test_collection_without_close_closes_and_says_so(tmp_path: Path) -> None:
    program = """
import gc, sys, time, warnings, danmal
folder = sys.argv[1]
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    terminal = danmal.sync.Terminal("simulator:till", folder=folder, time_scale=0.02)
    payment = terminal.approve(1_020)
    for event in payment.events():
        if event.code == danmal.EventCode.SENT:
            break
    handle = payment._handle
    del terminal, payment
    gc.collect()
print([str(warning.category.__name__) for warning in said])
print(handle.outcome().wait(30).kind)
with danmal.sync.Terminal("simulator:till", folder=folder, time_scale=0.02) as terminal:
    # The one that was forgotten lets go of its place in its own time.
    for _ in range(200):
        outcome = terminal.approve(3_000).outcome(timeout=30)
        if getattr(outcome, "reason", None) != danmal.NotPerformedReason.HELD_BY_ANOTHER_TILL:
            break
        time.sleep(0.05)
    print(outcome.kind, len([entry for entry in terminal.history() if entry.net]))
"""
    code, out, err = run(program, tmp_path)
    assert code == 0, err
    assert out.splitlines() == ["['ResourceWarning']", "approved", "approved 2"]

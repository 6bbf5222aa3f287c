"""The programs that the documentation shows, run as they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

EXAMPLES = ROOT / "examples" / "python"


def run(*arguments: str, home: Path, display: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python with a data folder of its own."""
    environment = {**os.environ, "XDG_STATE_HOME": str(home), "PYTHONIOENCODING": "utf-8"}
    if display is not None:
        environment["DISPLAY"] = display
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        env=environment,
    )


def programs(page: Path) -> list[str]:
    """The Python programs of a page."""
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("program", programs(ROOT / "bindings-python" / "README.md"), ids=["asyncio", "script"])
def test_a_program_of_the_readme(program: str, tmp_path: Path) -> None:
    done = run("-c", program, home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"승인 \d+", done.stdout)


@pytest.mark.parametrize("page", ["README.md", "README.ko.md"])
def test_the_quick_start_of_the_project(page: str, tmp_path: Path) -> None:
    for program in programs(ROOT / page):
        done = run("-c", program, home=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert "승인" in done.stdout


def test_the_till_in_the_terminal(tmp_path: Path) -> None:
    done = run(str(EXAMPLES / "till.py"), "simulator:", "15000", "--folder", str(tmp_path), home=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "· 서명해 주세요" in done.stdout
    assert re.search(r"승인 \d+", done.stdout)
    assert "단말 카페" in done.stdout
    refused = run(str(EXAMPLES / "till.py"), "simulator:", "0", "--folder", str(tmp_path), home=tmp_path)
    assert (refused.returncode, refused.stderr) == (1, "")
    assert "금액이 올바르지 않습니다" in refused.stdout


WINDOW = """
import sys, tkinter as tk
sys.path.insert(0, sys.argv[1])
import danmal, window
with danmal.sync.Terminal("simulator:window", folder=sys.argv[2], time_scale=0.1) as terminal:
    root = tk.Tk()
    till = window.Till(root, terminal)
    seen, ticks = set(), [0]
    def turn():
        ticks[0] += 1
        seen.add(till.status.get())
        if till.outcome is not None and till.outcome.is_final:
            root.destroy()
            return
        root.after(5, turn)
    for amount in ("0", "1020"):
        till.amount.set(amount)
        till.pay_button.invoke()
        seen.add(till.status.get())
    turn()
    root.mainloop()
refused = any(text.startswith("금액이 올바르지 않습니다") for text in seen)
print(till.outcome.kind, ticks[0] > 10, "카드를 넣어 주세요" in seen, refused)
"""


@pytest.mark.skipif(shutil.which("Xvfb") is None and "DISPLAY" not in os.environ, reason="no Xvfb, and no display")
def test_a_window_that_never_freezes(tmp_path: Path) -> None:
    pytest.importorskip("tkinter", reason="this Python has no tkinter")
    arguments = ("-c", WINDOW, str(EXAMPLES), str(tmp_path))
    if shutil.which("Xvfb") is None:
        done = run(*arguments, home=tmp_path)
    else:
        read, write = os.pipe()
        with subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        ) as screen:
            os.close(write)
            try:
                with os.fdopen(read) as number:
                    display = f":{number.readline().strip()}"
                done = run(*arguments, home=tmp_path, display=display)
            finally:
                screen.terminate()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["approved", "True", "True", "True"]

"""What the tests have in common: a folder and a simulator of their own."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

SCALE = 0.02
_numbers = itertools.count()


@pytest.fixture
def till(tmp_path: Path) -> dict[str, Any]:
    """Settings of a terminal of this test alone, with time that runs fast."""
    return {"folder": tmp_path, "time_scale": SCALE}


@pytest.fixture
def place() -> str:
    """A simulator of this test alone."""
    return f"simulator:test-{next(_numbers)}"

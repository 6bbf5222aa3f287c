"""Make `python/danmal/codes.py` of the core's enums, or check that it is what they make.

python tools/codes.py [--check]
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[1] / "core" / "model" / "src"
CODES = HERE.parent / "python" / "danmal" / "codes.py"

ENUMS = [
    ("error.rs", "ErrorCode", "ErrorCode", "A stable code for each kind of refusal."),
    ("event.rs", "EventCode", "EventCode", "A stable code for each kind of event."),
    ("kind.rs", "Kind", "Kind", "What an operation asks of the terminal."),
    ("outcome.rs", "StoppedBy", "StoppedBy", "Who or what stopped an operation."),
    ("outcome/not_performed.rs", "NotPerformedReason", "NotPerformedReason", "Why nothing was performed."),
    ("outcome.rs", "DeclineReason", "DeclineReason", "What a declined payment's code means."),
    ("progress.rs", "RecoveryWait", "RecoveryWait", "What a recovery waits for."),
    ("outcome.rs", "UnknownWhy", "UnknownWhy", "Why an outcome is not known."),
    ("outcome.rs", "Resolving", "Resolving", "How an unknown outcome will be resolved."),
    ("outcome/alarm.rs", "Alarm", "AlarmKind", "What a person should look at."),
    ("record.rs", "Verdict", "Verdict", "What an operator says of an unresolved operation."),
    ("record.rs", "Source", "Source", "Where an answer was seen."),
    ("status.rs", "Work", "Work", "What a terminal can do at this moment."),
    ("status.rs", "Capability", "Capability", "What is known of one ability."),
    ("request.rs", "TraderType", "TraderType", "Whom a cash receipt is for."),
    ("money.rs", "AmountConvention", "AmountConvention", "What ``priceAmt`` means on the wire."),
    ("money.rs", "VatRounding", "VatRounding", "How :func:`danmal.split_vat` rounds the tax to whole won."),
    ("profile.rs", "ConfirmPolicy", "ConfirmPolicy", "When 980001 is sent."),
    (
        "frame_rules.rs",
        "FrameMode",
        "FrameMode",
        "What happens where declared length and body differ.",
    ),
    ("frame_rules.rs", "BodyText", "BodyText", "How the bytes of a received body are read as text."),
    ("frame_rules.rs", "SendText", "SendText", "How text that is not ASCII leaves in a request."),
    ("frame_rules.rs", "LengthRule", "LengthRule", "What the four digits of the header count where there is a body."),
    ("paper/receipt.rs", "ReceiptCopy", "ReceiptCopy", "For whom a receipt is printed."),
]
"""The file, the name there, the name here, and what it is."""

OURS = {
    "ErrorCode": [("StillRunning", "The time to wait has passed; the operation goes on. Of this language alone.")],
}

LONGEST = 110

PREAMBLE = r'''"""The stable codes and names, the same in every language.

Each is text: ``EventCode.SENT == "sent"``. One that this version does not know is kept as it is, with its own text
as its value: a newer core does not break an older program.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
%s
]


class OpenEnum(str, Enum):
    """Names of which a newer danmal may know more."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        unknown = str.__new__(cls, value)
        unknown._name_ = value
        unknown._value_ = value
        return unknown

    @property
    def is_known(self) -> bool:
        """Whether this version of danmal knows it."""
        return self._value_ in type(self)._value2member_map_

    def __str__(self) -> str:
        """Give the name as it is in every language."""
        return str(self._value_)
'''


def variants(file: str, name: str) -> list[tuple[str, str]]:
    """List an enum's variants with what is said of them."""
    source = (MODEL / file).read_text(encoding="utf-8")
    found = re.search(rf"pub enum {name} \{{(.*?)\n\}}", source, re.DOTALL)
    if found is None:
        message = f"no enum {name} in {file}"
        raise SystemExit(message)
    listed: list[tuple[str, str]] = []
    said: list[str] = []
    depth = 0
    for raw in found.group(1).split("\n"):
        line = raw.strip()
        if depth == 0 and line.startswith("///"):
            said.append(line.removeprefix("///").strip())
        elif depth == 0 and (variant := re.match(r"[A-Z]\w*", line)):
            listed.append((variant.group(), " ".join(said)))
            said = []
        depth += 0 if line.startswith("//") else line.count("{") - line.count("}")
    return listed + OURS.get(name, [])


def docstring(said: str) -> str:
    """Write what is said of a name, in Python's own marks."""
    said = re.sub(r"\[`([^`]*)`\]", r"``\1``", said)
    said = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", said).replace("\\", "\\\\")
    if len(said) <= LONGEST:
        return f'    """{said}"""'
    cut = said.rfind(" ", 0, LONGEST)
    return f'    """{said[:cut]}\n    {said[cut + 1 :]}"""'


def made() -> str:
    """Make the file."""
    names = sorted(["OpenEnum", *(here for _, _, here, _ in ENUMS)])
    text = PREAMBLE % "\n".join(f'    "{name}",' for name in names)
    for file, there, here, what in ENUMS:
        text += f'\n\nclass {here}(OpenEnum):\n    """{what}"""\n\n'
        for variant, said in variants(file, there):
            constant = re.sub(r"(?<!^)([A-Z])", r"_\1", variant).upper()
            wire = variant[0].lower() + variant[1:]
            text += f'    {constant} = "{wire}"\n{docstring(said or constant.capitalize() + ".")}\n'
    return text


def formatted(text: str) -> str:
    """Format it as everything else."""
    ruff = [sys.executable, "-m", "ruff", "format", "--config", str(CODES.parents[2] / "pyproject.toml"), "-"]
    return subprocess.run(ruff, input=text, capture_output=True, encoding="utf-8", check=True).stdout  # noqa: S603


def main() -> int:
    """Write it, or compare."""
    text = formatted(made())
    if "--check" not in sys.argv:
        CODES.write_text(text, encoding="utf-8")
        return 0
    if CODES.read_text(encoding="utf-8") == text:
        return 0
    print(f"{CODES.name} is not what the core's enums make: run python tools/codes.py")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())

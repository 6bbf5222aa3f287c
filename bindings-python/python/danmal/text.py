"""What a person reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["Language", "Text"]

Language: TypeAlias = Literal["ko", "en"]
"""The language of a sentence: Korean or English."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages, short enough for a customer display.

    >>> text = Text(ko="서명해 주세요", en="please sign")
    >>> text("ko")
    '서명해 주세요'
    >>> text.en
    'please sign'
    """

    ko: str
    """The Korean sentence."""
    en: str
    """The English sentence."""

    def __call__(self, language: Language = "ko") -> str:
        """Give the sentence in one language."""
        return self.en if language == "en" else self.ko

    def __str__(self) -> str:
        """Give the Korean sentence: the one for the screen."""
        return self.ko

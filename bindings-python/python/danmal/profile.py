"""What is known, assumed and set of one terminal. What the vendor's catalogue leaves open is a setting here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from . import _wire
from .codes import AmountConvention, BodyText, ConfirmPolicy, FrameMode, LengthRule, SendText

__all__ = ["Assumptions", "Durations", "FrameRules", "Profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """The named assumptions about a terminal, each with its switch.

    Switched off, the verdict that needs it waits for the fence or is ``Unknown``.
    """

    a1_fence_shows_captures: bool = True
    """A1: at the end of the fence 990001 shows every capture made until then."""
    a2_reboot_never_older: bool = True
    """A2: after a reboot 990001 is the newest or empty, never older."""
    a3_reversed_not_shown_approved: bool = True
    """A3: what was reversed, or whose reversal has begun, is not shown as 0000."""
    a4_dead_at_fence: bool = True
    """A4: what is unfinished at the fence is dead."""
    a5_other_codes_final: bool = True
    """A5: a code other than 0000, 0010 and the interim codes is final."""
    a6_answers_once: bool = True
    """A6: no question without an id is answered twice, and nothing survives the end of a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Every duration that the rules name, in seconds."""

    fence: float = 150.0
    """Before absence is believed: longer than the terminal's longest prompt."""
    question: float = 3.0
    """For the answer of 990001 or 980001."""
    prepare: float = 10.0
    """A money call's wait for connection, recovery and baseline."""
    inactivity: float = 120.0
    """Without a frame after the request was sent, before the terminal is asked to stop."""
    total: float = 180.0
    """A money call in all, before it is ``Unknown``."""
    stop_answer: float = 3.0
    """For the answer of a request to stop."""
    after_stop: float = 5.0
    """For the original's own answer after a stop was acknowledged."""
    read_back: float = 0.5
    """Between two read-backs after 980001."""
    recheck: float = 2.0
    """Between two questions while a candidate is checked or recovery asks."""
    baseline_fresh: float = 2.0
    """How old a read-back may be to serve as the baseline of the next request."""
    surplus_quiet: float = 1.0
    """Without a surplus frame before an answer after the fence counts."""
    serial_quiet: float = 2.0
    """Of quiet on a serial line after its purge."""
    query: float = 10.0
    """A query, from its sending."""
    query_queue: float = 190.0
    """A query's wait behind money, at most."""
    close: float = 5.0
    """``close()``, before it detaches."""
    connect: float = 5.0
    """One attempt to connect."""
    reconnect_first: float = 0.2
    """The first pause between two attempts to connect; it doubles."""
    reconnect_longest: float = 10.0
    """The longest pause between two attempts to connect."""
    key_life: float = 43_200.0
    """The life of a key by the wall clock."""

    @classmethod
    def _of_wire(cls, value: dict[str, Any]) -> Durations:
        """Read milliseconds."""
        given = {
            part.name: value[_wire.camel(part.name)] / 1_000.0
            for part in dataclasses.fields(cls)
            if _wire.camel(part.name) in value
        }
        return cls(**given)

    def _to_wire(self) -> dict[str, float]:
        """Write milliseconds."""
        return {_wire.camel(part.name): getattr(self, part.name) * 1_000.0 for part in dataclasses.fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What danmal knows, assumes and is told of one terminal."""

    amount_convention: AmountConvention | None = None
    """What ``priceAmt`` means. Unset for a device: then tax, tip and tax-free parts are refused by name."""
    interim_codes: tuple[str, ...] = ()
    """Result codes beside 0010 that do not end a request."""
    final_codes: tuple[str, ...] = ()
    """Codes other than 9999 of which one look at 990001 is enough."""
    reversed_codes: tuple[str, ...] = ()
    """Codes under which the terminal shows a reversed approval."""
    confirm: ConfirmPolicy = ConfirmPolicy.EVERY_FINAL_ANSWER
    """When 980001 is sent."""
    history: bool = True
    """Whether the terminal has 990001. Off: its word alone decides, and an operator where it is lost."""
    abort_ends_original: bool = False
    """Whether the acknowledgement of a stop is the end of the original."""
    cancellation_with_original_ptxid: bool = False
    """Whether a cancellation carries its original's ptxid instead of one of its own."""
    inquiry_as_cancellation: bool = False
    """Whether the inquiry of a slip is sent as 050020, as the catalogue's example prints it."""
    assumptions: Assumptions = field(default_factory=Assumptions)
    """A1 to A6."""
    durations: Durations = field(default_factory=Durations)
    """Every duration of the rules."""

    @classmethod
    def simulator(cls) -> Profile:
        """Give the profile of danmal's own simulator: ``priceAmt`` is the total."""
        return cls(amount_convention=AmountConvention.TOTAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRules:
    """The framing of one device, each of its open questions as a named setting. ``doctor`` proposes some."""

    mode: FrameMode = FrameMode.TOLERANT
    """What a wrong length means."""
    body_text: BodyText = BodyText.AUTO
    """How received bytes become text."""
    send_text: SendText = SendText.ESCAPED
    """How text is sent."""
    length_counts: LengthRule = LengthRule.BYTES
    """What the declared length counts: sent so, and in strict mode expected so."""
    max_body: int = 1_048_576
    """The longest body that is received, bytes."""
    max_depth: int = 32
    """The deepest nesting of a body that is received; more than 64 counts as 64."""

"""A till with a window (Tkinter). The window never freezes: a thread waits, the window looks for what it said.

python window.py [ADDRESS]
"""

from __future__ import annotations

import queue
import sys
import threading
import tkinter as tk
from collections.abc import Callable
from functools import partial
from tkinter import ttk

import danmal
from danmal import Unknown

LOOK = 30
"""Milliseconds between two looks at what the thread said."""


class Till:
    """One window, one terminal."""

    def __init__(self, root: tk.Tk, terminal: danmal.sync.Terminal) -> None:
        """Put the window together."""
        self.root = root
        self.terminal = terminal
        self.said: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.payment: danmal.sync.Operation | None = None
        self.outcome: danmal.Outcome | None = None
        root.title("단말 카페")
        self.amount = tk.StringVar(value="15000")
        self.order = tk.StringVar(value="")
        self.status = tk.StringVar(value="금액을 입력하세요")
        ttk.Entry(root, textvariable=self.amount, justify="right").grid(row=0, column=0, padx=8, pady=8)
        ttk.Entry(root, textvariable=self.order).grid(row=0, column=1, padx=8, pady=8)
        self.pay_button = ttk.Button(root, text="결제", command=self.pay)
        self.pay_button.grid(row=1, column=0, padx=8, pady=8)
        self.stop_button = ttk.Button(root, text="중단", command=self.stop, state="disabled")
        self.stop_button.grid(row=1, column=1, padx=8, pady=8)
        ttk.Label(root, textvariable=self.status, wraplength=320).grid(row=2, column=0, columnspan=2, padx=8, pady=8)
        root.protocol("WM_DELETE_WINDOW", self.leave)
        self.look()

    def look(self) -> None:
        """Do in the window what the thread asked for."""
        while not self.said.empty():
            self.said.get()()
        self.root.after(LOOK, self.look)

    def pay(self) -> None:
        """Begin a payment. It is there at once; a thread watches it."""
        try:
            self.payment = self.terminal.approve(int(self.amount.get() or 0), order=self.order.get() or None)
        except ValueError as error:
            self.status.set(error.text.ko if isinstance(error, danmal.Error) else "금액이 올바르지 않습니다")
            return
        self.outcome = None
        self.pay_button["state"] = "disabled"
        self.stop_button["state"] = "normal"
        threading.Thread(target=self.watch, args=(self.payment,), daemon=True).start()

    def watch(self, payment: danmal.sync.Operation) -> None:
        """Wait, away from the window."""
        for event in payment.events():
            self.said.put(partial(self.status.set, event.text.ko))
        outcome = payment.outcome()
        self.said.put(partial(self.show, outcome))
        if isinstance(outcome, Unknown):
            resolution = payment.resolution()
            if isinstance(resolution, danmal.Final):
                self.said.put(partial(self.show, resolution.outcome))

    def show(self, outcome: danmal.Outcome) -> None:
        """Show what came of it. After an Unknown nobody charges again until it is resolved."""
        self.outcome = outcome
        self.status.set(outcome.next_step.ko if isinstance(outcome, Unknown) else outcome.text.ko)
        self.stop_button["state"] = "disabled"
        self.pay_button["state"] = "normal" if outcome.is_final else "disabled"

    def stop(self) -> None:
        """Ask the terminal to stop: a request, the outcome says what came of it."""
        if self.payment is not None:
            self.payment.request_cancel()

    def leave(self) -> None:
        """Close the window. A payment that runs goes on, and the next start finds it."""
        self.root.destroy()


def main() -> None:
    """Open the window."""
    address = sys.argv[1] if len(sys.argv) > 1 else "simulator:"
    with danmal.sync.Terminal(address) as terminal:
        root = tk.Tk()
        Till(root, terminal)
        root.mainloop()


if __name__ == "__main__":
    main()

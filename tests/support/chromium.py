"""Browsers: finding a Chromium. `RQ_CHROMIUM`, one on the PATH, Playwright's own, one fetched, or failure.

The headless shell comes first: the same engine without a window around it, with which these tests take a quarter less.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MISSING = (
    "The tests need a real Chromium and found none. Install one (`apt-get install chromium-headless-shell`, or `chromium`, or "
    "`playwright install --with-deps chromium`), or set RQ_CHROMIUM to its path. Tried: {tried}"
)


def chromium() -> str:
    """The path of a Chromium that runs. Raises RuntimeError that says what to install."""
    tried: list[str] = []
    if given := os.environ.get("RQ_CHROMIUM"):
        if _runs(given):
            return given
        raise RuntimeError(MISSING.format(tried=f"RQ_CHROMIUM={given}, which does not run"))
    if found := _on_path(tried) or _playwrights(tried):
        return found
    _run([sys.executable, "-m", "playwright", "install", "chromium"], tried)
    if found := _playwrights(tried):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run(["apt-get", "-qq", "update"], tried)
        for package in ("chromium-headless-shell", "chromium"):  # before Debian 12 there is only the whole browser
            _run(["apt-get", "-qq", "install", "-y", package], tried)
            if found := _on_path(tried):
                return found
    raise RuntimeError(MISSING.format(tried="; ".join(tried)))


def _on_path(tried: list[str]) -> str:
    tried.append(f"{', '.join(NAMES)} on the PATH")
    return next((path for name in NAMES if (path := shutil.which(name)) and _runs(path)), "")


def _playwrights(tried: list[str]) -> str:
    script = "from playwright.sync_api import sync_playwright as p\nwith p() as w: print(w.chromium.executable_path)"
    asked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    path = asked.stdout.strip()
    tried.append(f"Playwright's own at {path}")
    return path if path and Path(path).exists() and _runs(path) else ""


def _runs(path: str) -> bool:
    """A stub on the PATH may only tell people to install something else; ask it for its version."""
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=60)
    except OSError:
        return False
    return asked.returncode == 0


def _run(command: list[str], tried: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=900, stdin=subprocess.DEVNULL, env=environment
    )
    last = (done.stderr or done.stdout).strip().splitlines()[-1:] if done.returncode else ["done"]
    tried.append(f"`{' '.join(command[-3:])}`: {' '.join(last)}")

"""抽取核验 in a browser: a whole bundle of 42,782 enterprises, in a worker, against nothing but hashing their tickets.

It needs Chromium and Playwright, which the project does not depend on; without them the table says "not installed".
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import service
from bench.measure import Line, format_rate

ENTERPRISES = 42_782
"""As many as the longest real list has."""

STATIC = Path(service.__path__[0]) / "site" / "static"

BARE = """async (count) => {
  const encoder = new TextEncoder();
  const start = performance.now();
  for (let number = 0; number < count; number++) {
    const ticket = '0'.repeat(64) + String(number).padStart(18, '0');
    await crypto.subtle.digest('SHA-256', encoder.encode(ticket));
  }
  return performance.now() - start;
}"""
"""The baseline: one SHA-256 for each code by the browser's own WebCrypto, one after the other."""

OURS = """async () => {
  const { startWorker } = await import('/ask.js');
  const crashed = 'the worker does not run';
  globalThis.ask ??= startWorker(new URL('/verify/worker.js', location), { language: 'en', progress() {}, crashed });
  const start = performance.now();
  const report = await ask({ ask: 'verify', bundle: '/bundle.zip' });
  return [performance.now() - start, report.checks.filter((check) => check.status === 'failed').length];
}"""
"""Ours: the bundle fetched, and every check of it made; (milliseconds, checks that failed)."""

PAGE = "<!doctype html><title>bench</title>"


def measure(enterprises: int = ENTERPRISES, rounds: int = 5) -> list[Line]:
    """Measure the verification of one draw among so many."""
    what = f"a bundle of {enterprises:,} enterprises, every check, in a worker of Chromium"
    program = shutil.which("chromium")
    if program is None or find_spec("playwright") is None:
        return [Line(what, "not installed: Chromium, or playwright", 0)]
    with TemporaryDirectory() as name:
        folder = Path(name) / "site"
        shutil.copytree(STATIC, folder)
        (folder / "index.html").write_text(PAGE)
        (folder / "bundle.zip").write_bytes(make_bundle(enterprises))
        with serve(folder) as address:
            pairs = run_in_browser(program, address, enterprises, rounds)
    bare, ours = (median(column) / 1000 for column in zip(*pairs, strict=True))
    baseline = f"a bare WebCrypto loop over their tickets ({format_rate(enterprises, bare)})"
    ratio = median(mine / theirs for theirs, mine in pairs)
    return [Line(what, baseline, ratio, unit="× its time", note=f"{ours:.1f} s")]


def make_bundle(enterprises: int) -> bytes:
    """Return the bundle of a draw, of a made-up roster of so many enterprises, 5% of them a year."""
    from audit.evidence import collect
    from world import LINE, World, make_targets

    rows = make_targets("industry-trade", enterprises - 24)
    for number, row in enumerate(rows):
        row["id"] = f"9144030078{number:08d}"
    world = World()
    strata: list[dict[str, Any]] = LINE["strata"]  # type: ignore[assignment]
    world.plan = [{**LINE, "strata": [{**stratum, "ratio": "5/100"} for stratum in strata]}]
    world.prepare_year(targets=rows)
    return collect(world, world.run_to("execute")).data


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_in_browser(program: str, address: str, enterprises: int, rounds: int) -> list[tuple[float, float]]:
    """Return (milliseconds of the baseline, of ours) of each round."""
    from playwright.sync_api import sync_playwright

    pairs = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        for _ in range(rounds):
            bare = page.evaluate(BARE, enterprises)
            ours, failed = page.evaluate(OURS)
            assert failed == 0
            pairs.append((bare, ours))
        browser.close()
    return pairs

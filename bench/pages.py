"""Every kind of page and every operation of the public API, derived from nothing on a log of 42,782 enterprises."""

import gc
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from bench.measure import Line
from ledger.proof.encoding import parse_time
from serving.served import Service, serve

ENTERPRISES, MONTHS = 42_782, 2
AFTER = parse_time("2028-01-03T01:00:00Z")
"""A time after the simulated year."""

PATHS = (
    "/", "/items/", "/plans/", "/draws/", "/draws/{slot}/", "/cases/{slot}/0002/", "/results/", "/corrections/",
    "/corrections/all/1/", "/overdue/", "/statistics/2027/", "/registries/", "/registries/2027/40/",
    "/registries/officers/", "/verify/", "/search/?q=00017", "/data/results.csv", "/data/targets-2027.csv",
    "/data/search.json", "/data/bundles/{id}.zip",
    "/api/v1/registries/targets", "/api/v1/plans", "/api/v1/draws", "/api/v1/draws/{id}",
    "/api/v1/draws/{id}/enterprises/914403000000000001", "/api/v1/cases", "/api/v1/cases/{id}-0002",
    "/api/v1/disclosures", "/api/v1/statistics/2027", "/api/v1/overdue", "/api/v1/search?q=00017",
)  # fmt: skip


def measure(rounds: int = 3) -> list[Line]:
    """Live two months of a large district, then ask for each path on days of its own, so that nothing of it is kept."""
    from year.district import Size
    from year.life import Year

    days = count(AFTER, 86_400)
    today = [next(days)]
    with TemporaryDirectory() as place:
        year = Year(Path(place) / "year", Size(ENTERPRISES, months=MONTHS, ratio="4/100"), tell=lambda _: None)
        year.live()
        with serve(year.installation.folder, "public", clock=lambda: today[0]) as service:
            gc.collect()
            gc.freeze()  # as `serve` does
            slot = service.ask("GET", "/api/v1/draws").json()["rows"][0]["slot"]
            lines = []
            for form in PATHS:
                path, asked = form.format(slot=slot, id=slot.replace("/", "-")), []
                for _ in range(rounds):
                    today[0] = next(days)
                    asked.append((_ask(service, path), _ask(service, path)))
                first, again = (median(column) for column in zip(*asked, strict=True))
                lines.append(Line(form, "", first * 1000, unit="ms", note=f"{again * 1000:.1f} ms from memory"))
    gc.unfreeze()
    return lines


def _ask(service: Service, path: str) -> float:
    """Return what an answer costs in processor time, of the service and of who asks, who are one process here."""
    start = process_time()
    answer = service.ask("GET", path)
    seconds = process_time() - start
    assert answer.status == 200, (path, answer.status)
    return seconds

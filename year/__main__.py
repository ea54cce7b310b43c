"""`./run year [longyan|yuyao|small] [--dir DIR]`: live a simulated year, verify it, count it twice."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from ledger.audit.pairing import check_pairing
from ledger.audit.verify import Terms, verify
from year.compare import compare
from year.count import count_year
from year.district import SIZES
from year.life import YEAR, Year


def main() -> int:
    """Live the year; return 0 if the log verifies and both counts of it agree."""
    parser = argparse.ArgumentParser(prog="./run year", description=__doc__)
    parser.add_argument("size", nargs="?", choices=SIZES, default="longyan", help="whose numbers; default longyan")
    parser.add_argument("--dir", type=Path, help="a new folder to keep the installation in; else a temporary one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        return live(arguments.dir or Path(scratch) / "year", arguments.size)


def live(folder: Path, size: str) -> int:
    """Live a year of a size in a folder, and check it."""
    started = time.monotonic()
    year = Year(folder, SIZES[size])
    year.live()
    lived = time.monotonic() - started
    started = time.monotonic()
    report = verify(folder, Terms(trust=year.derive_trust(), pairing=check_pairing))
    print(f"{year.desk.record.size} entries lived in {lived:.0f} s, verified in {time.monotonic() - started:.0f} s")
    failed = report.with_status("failed")
    for finding in failed:
        print(f"check {finding.check.number} failed: {finding.reason.en}")
    differing = compare(folder / "log", f"{YEAR}-01-01", f"{YEAR}-12-31")
    for what, number in count_year(folder / "log", f"{YEAR}-01-01", f"{YEAR}-12-31").items():
        print(f"{number:>6}  {what}")
    for line in differing:
        print(line)
    print(
        "NOT as it should be"
        if failed or differing
        else "verified, and the bulletin's numbers are those of the entries"
    )
    return 1 if failed or differing else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench [draw|replay|import|proofs|store|log|fsck|memory|views|browser|service|pages]`: those, or all."""

import argparse
import os
import platform
import sys
from importlib import import_module
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))  # The tests know how to start a server.

MODULES = {
    "draw": "draw",
    "replay": "replay",
    "import": "importing",
    "proofs": "proofs",
    "store": "store",
    "log": "log",
    "fsck": "fsck",
    "memory": "memory",
    "views": "views",
    "browser": "browser",
    "service": "service",
    "pages": "pages",
}


def main() -> None:
    """Measure what is named, and print it as it comes."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="|".join(MODULES), help="what to measure (all)")
    asked = parser.parse_args().what
    for word in asked:
        if word not in MODULES:
            parser.error(f"{word!r}: expected one of {', '.join(MODULES)}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n", flush=True)
    for word in asked or MODULES:
        # Here, not above: a process that replay starts reads this file again, and needs none of them.
        lines = import_module(f"bench.{MODULES[word]}").measure()
        table = import_module("bench.measure").format_table(lines)
        print(f"## {word}\n\n{table}\n", flush=True)


if __name__ == "__main__":
    main()

"""`python -m faults [kills ...]`: run each kind of fault at every place; all kinds, if none is named."""

import argparse
import sys
from importlib import import_module

MODULES = {"kills": "kills"}


def main() -> int:
    """Run what is named, and tell how it went; 1 if anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="|".join(MODULES), help="which faults (all)")
    asked = parser.parse_args().what
    for word in asked:
        if word not in MODULES:
            parser.error(f"{word!r}: expected one of {', '.join(MODULES)}")
    statuses: list[int] = [import_module(f"faults.{MODULES[word]}").run() for word in asked or MODULES]
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())

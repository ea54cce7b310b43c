"""`./run faults flips`: make every fault of a kind, and say which were not found."""

import sys
from importlib import import_module

MODULES = {"flips": "flips"}


def main() -> int:
    """Make the faults that are named; what follows the word are options of its own."""
    words = sys.argv[1:]
    if not words or words[0] not in MODULES:
        sys.exit(f"{__doc__}\nexpected one of: {', '.join(MODULES)}; then --help for its options")
    found: int = import_module(f"faults.{MODULES[words[0]]}").main(words[1:])
    return found


if __name__ == "__main__":
    sys.exit(main())

"""`./run faults [kills|flips|service] [options]`: make the faults of a kind, or of all, and say what did not hold."""

import sys
from importlib import import_module

MODULES = {"kills": "kills", "flips": "flips", "service": "service"}


def main() -> int:
    """Make the faults that are named, all if none are; what follows the word are options of its own."""
    words = sys.argv[1:]
    if words and words[0] not in MODULES:
        sys.exit(f"{__doc__}\nexpected one of: {', '.join(MODULES)}; then --help for its options")
    chosen = words[:1] or list(MODULES)
    statuses: list[int] = [import_module(f"faults.{MODULES[word]}").main(words[1:]) for word in chosen]
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())

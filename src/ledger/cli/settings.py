"""What the operator sets by the environment, beside the folder; who could change it is trusted with what it says.

DOUBLE_RANDOM_DATABASE  a PostgreSQL connection string, the writer's: the entries are there, not in store/.
                        Trusted: whoever changes it decides which database is written, and sees its password. It cannot
                        make the log sign another history, for the lock would not fit.
DOUBLE_RANDOM_LOCK      the folder of the last checkpoint signed, not lock/: shared by machines that take turns.
                        Trusted: whoever points it elsewhere takes away what stops an old copy of the store from being
                        gone on from; only the published checkpoint and the witnesses stop it then.
DOUBLE_RANDOM_SERVICE   the URL of a service that keeps the log, as `--service` says it.
                        Trusted with nothing but being there: what it shows is checked with the keys of trust.txt.

What a service itself is set by stands in docs/guide/service.md.
"""

import os
from pathlib import Path

DATABASE, LOCK = "DOUBLE_RANDOM_DATABASE", "DOUBLE_RANDOM_LOCK"


def read_database() -> str | None:
    """Return the connection string of the PostgreSQL database that holds the entries, None for SQLite in the folder."""
    return os.environ.get(DATABASE) or None


def read_lock_folder() -> Path | None:
    """Return the folder of the last checkpoint signed, None for the installation's own."""
    set_to = os.environ.get(LOCK)
    return Path(set_to) if set_to else None

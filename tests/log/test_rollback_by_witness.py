"""A log that went back is stopped by a witness that shows nothing: its answer to the old checkpoint tells."""

import shutil
from pathlib import Path

import pytest

from ledger.audit.trust import parse_trust
from ledger.cli.witnesses import Asked
from ledger.log.book import Book
from ledger.log.feeder import Feeder
from ledger.proof.errors import Mismatch
from log.fakes import LOG, SayRecord, say
from log.simulated_witnesses import SimulatedWitness, format_policy


def test_t30_a_witness_without_a_view_stops_a_folder_that_was_put_back(tmp_path: Path) -> None:
    folder, backup = tmp_path / "data", tmp_path / "backup"
    with SimulatedWitness("justice") as witness:
        witness.has_view = False
        trust = parse_trust(format_policy([witness], "all"))

        def open_book() -> Book[SayRecord]:
            return Book.open(folder, LOG, SayRecord(), Asked(Feeder(trust, LOG.verifier), trust))

        with open_book() as book:
            book.append(say(0, 2))
        shutil.copytree(folder, backup)
        with open_book() as book:
            book.append(say(2, 1))
        shutil.rmtree(folder)
        shutil.copytree(backup, folder)  # lock and published checkpoint too, as a machine's snapshot has them
        signed = (folder / "lock" / "checkpoint").read_bytes()
        with pytest.raises(Mismatch, match="3 entries"):
            open_book()
        assert (folder / "lock" / "checkpoint").read_bytes() == signed, "nothing was signed on the old copy"

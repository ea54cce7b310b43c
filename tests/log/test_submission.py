"""What a witness is sent: written and read are inverses, and nothing else is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.log.submission import PROOF_LIMIT, Submission, format_submission, parse_submission
from ledger.proof.encoding import Hash
from ledger.proof.errors import Malformed

HASHES = st.lists(st.binary(min_size=32, max_size=32).map(Hash), max_size=PROOF_LIMIT).map(tuple)


def test_a_request_reads_as_the_specification_shows_it() -> None:
    body = (
        b"old 20852014\n"
        b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        b"jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        b"\n"
        b"example.com/behind-the-sofa\n20852163\n...\n"
    )
    submission = parse_submission(body)
    assert (submission.old, len(submission.proof)) == (20852014, 2)
    assert submission.checkpoint == b"example.com/behind-the-sofa\n20852163\n...\n"
    assert format_submission(submission) == body


@given(st.integers(0, 10**16 - 1), HASHES, st.binary())
def test_written_and_read_are_inverses(old: int, proof: tuple[Hash, ...], checkpoint: bytes) -> None:
    submission = Submission(old, proof, checkpoint)
    assert parse_submission(format_submission(submission)) == submission


@given(st.binary() | st.text("old 0189\nABab+/=\x00\u00e9").map(str.encode))
def test_whatever_is_read_is_written_so(body: bytes) -> None:
    try:
        submission = parse_submission(body)
    except Malformed:
        return
    assert format_submission(submission) == body


@pytest.mark.parametrize("lines", [PROOF_LIMIT + 1, 1000])
def test_a_proof_is_of_sixty_three_lines_at_most(lines: int) -> None:
    submission = Submission(1, (Hash(bytes(32)),) * lines, b"")
    with pytest.raises(Malformed, match=f"a proof of {lines} lines, expected 63 at most"):
        parse_submission(format_submission(submission))

"""A witness answers whoever asks it exactly as C2SP tlog-witness says, clause by clause."""

import os
import socket
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.log.submission import BODY_LIMIT
from ledger.proof.checkpoint import Checkpoint, check_checkpoint, cosign, format_checkpoint
from ledger.proof.encoding import derive_hash
from ledger.proof.merkle import Tree
from ledger.proof.note import Signer, Verifier, format_note, format_vkey, parse_note
from log.fakes import LOG, WITNESS
from log.feeding import FORK, TREE, sign
from witness.client import NOW, Answer, Client

LOG_NEXT = Signer(LOG.name, bytes(range(32)))
OTHER = Signer("other.example/log", bytes(32))


def times(checkpoint: bytes, answer: Answer) -> dict[str, int]:
    """Check the answer's lines as lines of the checkpoint, and return the times that they give."""
    return check_checkpoint(checkpoint + answer.body, LOG.verifier, [WITNESS.verifier]).times


def test_a_log_that_grows_is_cosigned(client: Client) -> None:
    for old, new in ((0, 0), (0, 3), (3, 3), (3, 20), (20, 40)):
        answer = client.add(old, new)
        assert answer.status == 200
        assert times(sign(new), answer) == {WITNESS.name: NOW}
        assert answer.body.startswith("— ".encode())
        assert answer.body.count(b"\n") == 1
        assert answer.body.endswith(b"\n")


def test_t09_the_time_is_the_witnesss_own(client: Client) -> None:
    """Whatever time others wrote on the checkpoint, and whatever the log wants: it is not asked."""
    note = parse_note(sign(3))
    dated = format_note(
        note.text, [*note.signatures, cosign(Signer("w.example", bytes(32), 4), note.text, NOW - 86_400)]
    )
    assert times(sign(3), client.post(b"old 0\n\n" + dated)) == {WITNESS.name: NOW}


def test_a_first_question_with_size_zero_is_answered_with_the_size(client: Client) -> None:
    assert client.add(0, 8).status == 200
    assert client.add(0, 20) == Answer(409, b"8\n", "text/x.tlog.size")
    assert client.add(8, 20).status == 200


@pytest.mark.parametrize("old", [0, 7, 9, 20])
def test_a_proof_from_another_size_is_a_conflict(client: Client, old: int) -> None:
    client.add(0, 8)
    assert client.add(old, 20) == Answer(409, b"8\n", "text/x.tlog.size")


def test_an_older_checkpoint_is_a_conflict(client: Client) -> None:
    client.add(0, 20)
    assert client.add(8, 9) == Answer(409, b"20\n", "text/x.tlog.size")


def test_an_old_size_above_the_checkpoints_is_bad(client: Client) -> None:
    assert client.post(b"old 9\n\n" + sign(8)).status == 400
    client.add(0, 9)
    assert client.post(b"old 9\n\n" + sign(8)).status == 400


def test_a_log_that_it_does_not_know_is_not_found(client: Client) -> None:
    assert client.add(0, 8, signer=OTHER).status == 404


def test_what_the_log_did_not_sign_is_forbidden(client: Client) -> None:
    assert client.add(0, 8, signer=LOG_NEXT).status == 403
    note = parse_note(sign(8))
    forged = note.signatures[0]._replace(signature=bytes(64))
    assert client.post(b"old 0\n\n" + format_note(note.text, [forged])).status == 403
    good_and_bad = format_note(note.text, [*note.signatures, forged])
    assert client.post(b"old 0\n\n" + good_and_bad).status == 403
    assert client.show().status == 404


def test_lines_of_unknown_keys_are_ignored(client: Client) -> None:
    note = parse_note(sign(8))
    unknown = [LOG_NEXT.sign_text(note.text), OTHER.sign_text(note.text), cosign(WITNESS, note.text, NOW - 5)]
    many = [note.signatures[0]._replace(name=f"witness.example/{n}", signature=bytes(4096)) for n in range(13)]
    checkpoint = format_note(note.text, [*unknown, *many, *note.signatures])
    assert times(sign(8), client.post(b"old 0\n\n" + checkpoint)) == {WITNESS.name: NOW}
    shown = parse_note(client.show().body)
    assert [line.name for line in shown.signatures] == [LOG.name, WITNESS.name], "and are not handed on"


def test_the_logs_line_twice_is_the_logs_line(client: Client) -> None:
    note = parse_note(sign(8))
    assert client.post(b"old 0\n\n" + format_note(note.text, note.signatures * 2)).status == 200
    assert len(parse_note(client.show().body).signatures) == 2


def test_a_log_may_have_two_keys(client: Client, tmp_path: Path) -> None:
    (tmp_path / "logs.txt").write_text(f"log {format_vkey(LOG.verifier)}\nlog {format_vkey(LOG_NEXT.verifier)}\n")
    assert client.add(0, 8).status == 200
    assert client.add(8, 9, signer=LOG_NEXT).status == 200
    assert client.add(0, 9, signer=LOG_NEXT) == Answer(409, b"9\n", "text/x.tlog.size")


def test_the_empty_tree_has_one_root(client: Client) -> None:
    text = format_checkpoint(Checkpoint(LOG.name, 0, TREE.root(1)))
    assert client.post(b"old 0\n\n" + format_note(text, [LOG.sign_text(text)])).status == 422
    assert client.add(0, 0).status == 200
    assert client.add(0, 8).status == 200, "nothing was seen yet that could be conflicted with"


def test_a_proof_from_size_zero_is_refused(client: Client) -> None:
    proof = b64encode(TREE.root(1))
    assert client.post(b"old 0\n" + proof + b"\n\n" + sign(8)).status == 422


def test_a_proof_between_equal_sizes_is_refused(client: Client) -> None:
    client.add(0, 8)
    assert client.post(b"old 8\n" + b64encode(TREE.root(8)) + b"\n\n" + sign(8)).status == 422


@pytest.mark.parametrize("size", [8, 9, 20])
def test_t10_a_split_view_is_refused(client: Client, size: int) -> None:
    client.add(0, 8)
    assert client.add(8, size, FORK).status == 422
    text = format_checkpoint(Checkpoint(LOG.name, size, FORK.root(size)))
    for proof in (TREE.prove_consistency(8, size), [], TREE.prove_consistency(8, 40)):
        body = b"".join(b64encode(one) + b"\n" for one in proof)
        assert client.post(b"old 8\n" + body + b"\n" + format_note(text, [LOG.sign_text(text)])).status == 422
    assert times(sign(8), Answer(200, client.show().body.removeprefix(sign(8)), "")) == {WITNESS.name: NOW}
    assert client.add(8, size).status == 200


def test_the_request_must_be_a_post(client: Client) -> None:
    assert client.get("/add-checkpoint").status == 405
    assert client.get("/").status == 404


GOOD = b"old 0\n\n" + sign(8)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"\n\n",
        b"old 0\n",
        b"old 0\n\n",
        b"old 0\n\n\n" + sign(8),
        sign(8),
        b"old 0" + sign(8),
        b"old 0\r\n\r\n" + sign(8),
        b"old  0\n\n" + sign(8),
        b" old 0\n\n" + sign(8),
        b"old 0 \n\n" + sign(8),
        b"old\t0\n\n" + sign(8),
        b"OLD 0\n\n" + sign(8),
        b"old 00\n\n" + sign(8),
        b"old 08\n\n" + sign(8),
        b"old -0\n\n" + sign(8),
        b"old +8\n\n" + sign(8),
        "old ٠\n\n".encode() + sign(8),
        b"old " + b"9" * 5000 + b"\n\n" + sign(8),
        b"old 0\nnot base64\n\n" + sign(8),
        b"old 0\n" + b64encode(bytes(31)) + b"\n\n" + sign(8),
        b"old 0\n" + b64encode(bytes(33)) + b"\n\n" + sign(8),
        b"old 0\n" + b64encode(bytes(32)).rstrip(b"=") + b"\n\n" + sign(8),
        b"old 0\n" + b64encode(bytes(32)) + b" \n\n" + sign(8),
        b"old 8\n" + (b64encode(bytes(32)) + b"\n") * 64 + b"\n" + sign(8),
        GOOD[:-1],
        GOOD + b"\n",
        GOOD + b"more\n",
        GOOD.replace(b"\n8\n", b"\n08\n"),
        GOOD.replace("— ".encode(), b"- "),
        GOOD + b"\xff\n",
        GOOD.replace(b"\n8\n", b"\n8\n\x00\n"),
        GOOD + b" " * BODY_LIMIT,
    ],
)
def test_what_is_not_the_form_is_bad(shared_client: Client, body: bytes) -> None:
    assert shared_client.post(body).status == 400
    assert shared_client.show().status == 404


def test_sixty_three_lines_are_read(client: Client) -> None:
    client.add(0, 8)
    assert client.post(b"old 8\n" + (b64encode(bytes(32)) + b"\n") * 63 + b"\n" + sign(20)).status == 422


def test_a_body_without_a_length_is_bounded_too(client: Client) -> None:
    chunks = (b"old 0\n" for _ in range(BODY_LIMIT))
    response = client.pool.request("POST", f"{client.url}/add-checkpoint", body=chunks, retries=False, timeout=10)
    assert response.status == 400


def test_a_body_that_does_not_come_in_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.witness.app.BODY_SECONDS", 0.2)
    host, port = client.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: witness\r\nContent-Length: 100\r\n\r\nold 0\n")
        assert slow.recv(12) == b"HTTP/1.1 400"


def test_who_goes_away_harms_nobody(client: Client) -> None:
    host, port = client.url.removeprefix("http://").split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port)), timeout=20) as gone:
            gone.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: witness\r\nContent-Length: 100\r\n\r\nold 0\n")
    assert client.add(0, 8).status == 200


def test_connections_are_kept(client: Client) -> None:
    for old in range(10):
        client.add(old, old + 1)
    (pool,) = (client.pool.connection_from_url(client.url),)
    assert (pool.num_connections, pool.num_requests) == (1, 10)


# What anyone may read.


def test_the_newest_checkpoint_is_shown_with_both_lines(client: Client) -> None:
    assert client.show().status == 404
    client.add(0, 8)
    answer = client.add(8, 20)
    assert client.show() == Answer(200, sign(20) + answer.body, "text/plain; charset=utf-8")


@pytest.mark.parametrize("path", ["/x/checkpoint", f"/{'0' * 64}/checkpoint", "/..%2flogs.txt/checkpoint", "/logs.txt"])
def test_nothing_else_is_shown(client: Client, path: str) -> None:
    client.add(0, 8)
    assert client.get(path).status == 404


def test_only_lowercase_names_a_log(client: Client) -> None:
    client.add(0, 8)
    assert client.get(f"/{derive_hash(LOG.name).upper()}/checkpoint").status == 404


def test_what_is_followed_changes_while_it_runs(client: Client, tmp_path: Path) -> None:
    assert client.add(0, 8, signer=OTHER).status == 404
    (tmp_path / "logs.txt").write_text(
        f"# both\n{format_vkey(OTHER.verifier)}\n\nlog {format_vkey(LOG.verifier)} https://log.example/"
    )
    assert client.add(0, 8, signer=OTHER).status == 200
    assert client.add(0, 8).status == 200
    assert client.get("/healthz").status == 200
    (tmp_path / "logs.txt").write_text(f"log {format_vkey(OTHER.verifier)}\n")
    assert client.add(8, 9).status == 404
    assert client.show().status == 200, "what it signed is shown all the same"
    (tmp_path / "logs.txt").unlink()
    assert client.add(8, 9, signer=OTHER).status == 404


@pytest.mark.parametrize("first", ["/healthz", "/add-checkpoint"])
def test_a_list_that_cannot_be_read_changes_nothing_and_is_told_to_the_operator(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture, first: str
) -> None:
    (tmp_path / "logs.txt").write_text("log nonsense\n")
    if first == "/healthz":
        client.get(first)
    assert client.add(0, 8).status == 200
    health = client.get("/healthz")
    assert (health.status, b"nonsense" in health.body, b"logs.txt cannot be read" in health.body) == (503, False, True)
    assert caplog.text.count("logs.txt: 1: vkey 'nonsense'") == 1


def test_a_secret_key_put_into_the_list_by_mistake_is_told_to_nobody(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = LOG.format_skey()
    (tmp_path / "logs.txt").write_text(f"log {secret}\n")
    told = client.get("/healthz").body.decode() + caplog.text
    assert "a secret signing key stands in its place" in told
    assert secret.rsplit("+", 1)[1] not in told


def test_t10_a_log_left_and_taken_up_again_is_where_it_was(client: Client, tmp_path: Path) -> None:
    client.add(0, 8)
    (tmp_path / "logs.txt").write_text("")
    assert client.add(8, 9).status == 404
    (tmp_path / "logs.txt").write_text(f"{format_vkey(LOG.verifier)}\n")
    assert client.add(0, 9, FORK) == Answer(409, b"8\n", "text/x.tlog.size")
    assert client.add(8, 9, FORK).status == 422


def test_whether_it_is_well(client: Client) -> None:
    client.add(0, 8)
    health = client.get("/healthz")
    assert (health.status, health.kind) == (200, "application/json")
    assert health.body.decode() == f'{{"witness":"{format_vkey(WITNESS.verifier)}","logs":{{"{LOG.name}":8}}}}'


def test_what_it_could_not_keep_it_does_not_give(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.add(0, 8)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        answer = client.add(8, 9)
        assert (answer.status, answer.body) == (500, b"it could not be kept\n")
    assert client.add(0, 9) == Answer(409, b"8\n", "text/x.tlog.size")
    assert client.add(8, 9).status == 200


def test_t10_of_two_at_the_same_time_one_is_signed(client: Client) -> None:
    """Sixteen ask at once, half of them with each of two histories: one of these is signed, and never the other."""
    trees: list[Tree] = [TREE, FORK]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: client.add(0, 20 + n // 2, trees[n % 2]), range(16)))
    signed = [n for n, answer in enumerate(answers) if answer.status == 200]
    assert len(signed) == 1
    assert {answer.status for answer in answers} == {200, 409}
    kept = parse_note(client.show().body).text
    assert kept == parse_note(sign(20 + signed[0] // 2, trees[signed[0] % 2])).text


def test_a_cosignature_is_of_the_whole_text(client: Client) -> None:
    text = format_checkpoint(Checkpoint(LOG.name, 8, TREE.root(8), ("an extension", "另一行")))
    checkpoint = format_note(text, [LOG.sign_text(text)])
    assert times(checkpoint, client.post(b"old 0\n\n" + checkpoint)) == {WITNESS.name: NOW}


def test_a_key_that_shares_name_and_id_with_the_logs_is_not_it(client: Client) -> None:
    """Ids are four bytes, and can be made to collide: a line that claims the log's name and id must verify."""
    other = Verifier(LOG.name, LOG_NEXT.verifier.key)
    line = LOG_NEXT.sign_text(parse_note(sign(8)).text)
    assert line.key_id == other.key_id
    checkpoint = format_note(parse_note(sign(8)).text, [line._replace(key_id=LOG.verifier.key_id)])
    assert client.post(b"old 0\n\n" + checkpoint).status == 403

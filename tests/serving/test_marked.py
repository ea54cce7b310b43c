"""Personal data never comes over HTTP, but to units that may read it: marked values, searched for in every answer."""

from collections.abc import Iterator

import pytest

from cli.bureau import Bureau
from cli.test_marked_values import CODE, MARKS, mark_officers, mark_targets, spellings
from ledger.cli.installation import Installation
from ledger.client.service import ServiceClient
from serving.served import Service, serve

SUBJECTS = ("targets/2023/hazchem", "officers/2023/bureau/of/bureau/enforcement")


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over a year's rosters whose private fields are marked."""
    folder = tmp_path_factory.mktemp("marked")
    bureau = Bureau(folder / "data", "2023-08-24T01:00:00Z")
    bureau.do("init")
    bureau.do("import", "targets", mark_targets(folder))
    bureau.do("import", "officers", mark_officers(folder))
    bureau.do("approve", "targets")
    with serve(bureau.folder) as service:
        yield service


def find_marks(data: bytes) -> list[str]:
    """Return the marks that stand in some bytes, however spelt."""
    return [mark for mark in MARKS if any(spelling in data for spelling in spellings(mark))]


def test_no_marked_value_is_answered_to_anyone(marked: Service) -> None:
    log = marked.folder / "log"
    paths = [f"/log/{file.relative_to(log).as_posix()}" for file in log.rglob("*") if file.is_file()]
    paths += ["/healthz", "/readyz", "/metrics", "/openapi.json", f"/{CODE}", "/api/v1/openings"]
    paths += [f"/api/v1/openings?subject={subject}" for subject in SUBJECTS]
    answered = [marked.ask("GET", path) for path in paths]
    assert len([answer for answer in answered if answer.status == 200]) > 6
    for path, answer in zip(paths, answered, strict=True):
        said = answer.body + "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
        assert find_marks(said) == [], path


def test_what_was_sealed_is_not_kept_in_the_journal_when_it_is_sent_in_the_clear(marked: Service) -> None:
    """Whoever signs a name into an event by mistake is refused, and it stands nowhere."""
    text = marked.compose_row().replace(b'"id":', f'"name":"{MARKS[0]}","id":'.encode())
    for sent in (text, MARKS[0].encode(), f"密 {MARKS[3]}".encode()):
        assert marked.submit(sent).status in (400, 401)
    marked.ask("GET", f"/api/v1/openings?subject={MARKS[3]}")
    marked.ask("POST", "/api/v1/prepare", f'{{"step":"{MARKS[0]}"}}', Content_Type="application/json")
    assert find_marks(marked.journal.getvalue().encode()) == []
    assert find_marks(marked.ask("GET", "/metrics").body) == []


def test_the_units_that_may_read_it_do(marked: Service) -> None:
    client, keys = ServiceClient(marked.url), Installation(marked.folder).read_keys()
    traders, officers = (client.read_openings(subject, keys["bureau/legal-publicity"]) for subject in SUBJECTS)
    assert {opening.value[:3] for opening in traders} == {MARKS[0]}
    assert {opening.value[:3] for opening in officers} == {MARKS[1], MARKS[2]}
    client.close()
    assert find_marks(marked.journal.getvalue().encode()) == []

"""Nothing private comes over HTTP, but to units that may read it: marked values, searched for in every answer.

A month's log with a mark in every private field, and every secret of its folder, is served in each role. Somebody
follows every link, asks every operation, and reads every file; nothing that is answered, journalled or exported has a
mark or a secret in it, however spelt. A mark that is public is found by the same search wherever it should stand.
"""

import base64
import json
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from audit.evidence import sign_checkpoint, write_log
from cli.run import run
from cli.test_marked_values import CODE, MARKS, PLANTED, SLOT, live
from forge import SLOT as SEALED
from hidden import world_at
from ledger.cli.installation import Installation
from ledger.client.service import ServiceClient
from marks import find_all, find_marks
from service.settings import Role
from service.site import pages
from serving.crawl import ask_operations, follow_links, list_tree
from serving.served import Answer, Service, serve

SUBJECTS = ("targets/2023/hazchem", "officers/2023/bureau/of/bureau/enforcement")
TEXTS = ("complaint/2023/0001", f"case/{SLOT}/0001")
WORDS = (CODE, CODE[2:9], PLANTED, "0001", "小吃店")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation whose month is over, with a mark in every private field."""
    return live(tmp_path_factory.mktemp("marked"))[0].folder


@pytest.fixture(scope="module")
def secrets(folder: Path) -> list[bytes]:
    """What nobody but its holder has: keys, shares of the seed, and the salts without which a seal tells nothing."""
    found = [read_secret(file) for file in folder.rglob("*") if file.suffix in (".key", ".x25519")]
    with Installation(folder).open_openings() as table:
        found += [bytes.fromhex(one.salt) for subject in (*SUBJECTS, *TEXTS) for one in table.read(subject)]
    return found


def read_secret(file: Path) -> bytes:
    """Return the 32 bytes of a key's file: of a signed-note key, hexadecimal, or as they are."""
    data = file.read_bytes()
    if data.startswith(b"PRIVATE+KEY+"):
        return base64.b64decode(data.split(b"+", 4)[4])[1:]
    return data if len(data) == 32 else bytes.fromhex(data.decode())


class Told(NamedTuple):
    """All that a role answers, by what was asked, and what it wrote of its work."""

    answers: dict[str, Answer]
    journal: str

    @property
    def said(self) -> dict[str, bytes]:
        """Every answer with its headers, and the journal."""
        told = {asked: tell(answer) for asked, answer in self.answers.items()}
        return told | {"journal": self.journal.encode()}


def tell(answer: Answer) -> bytes:
    """Return all of an answer; its body first, so that it is seen what it is packed in."""
    return answer.body + "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()


def ask_everything(service: Service) -> Told:
    """Ask for all there is, in every way that the service offers."""
    answers = follow_links(service, "/", "/en/", "/openapi.json", "/search/?q=0001", "/en/search/?q=0001")
    answers |= list_tree(service) | ask_operations(service, WORDS, (2022, 2023, 2024))
    answers |= {
        path: service.ask("GET", path) for path in (f"/{CODE}", "/api/v1/openings", "/log/", "/keys/", "/static/")
    }
    return Told(answers, service.journal.getvalue())


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[Role, Told]:
    """What each role answers."""
    found = dict[Role, Told]()
    for role in ("public", "officials", "all"):
        with serve(folder, role=role) as service:
            found[role] = ask_everything(service)
    return found


@pytest.fixture(scope="module")
def exported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The site as files, path -> bytes, and what the command printed."""
    out = tmp_path_factory.mktemp("exported") / "site"
    ran = run("export", "site", "--dir", folder, "--out", out)
    assert ran.status == 0, ran.err
    files = {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    return files | {"printed": (ran.out + ran.err).encode()}


REFUSED = {"public": {404}, "officials": {400, 401, 404}, "all": {400, 401, 404}}
"""Role -> the statuses that are answered, beside 200, to who asks for everything."""


@pytest.mark.parametrize("role", REFUSED)
def test_everything_was_asked(told: dict[Role, Told], role: Role) -> None:
    answers = told[role].answers
    assert {answer.status for answer in answers.values()} - {200} == REFUSED[role]
    asked = {path for path, answer in answers.items() if answer.status == 200}
    described = json.loads(answers["/openapi.json"].body)["paths"]
    for path in (path for path, item in described.items() if "get" in item and not path.startswith("/log/")):
        route = re.compile(re.sub(r"\\{\w+\\}", ".+", re.escape(path)))
        assert path == "/api/v1/openings" or any(route.match(one) for one in asked), path
    if role != "officials":
        assert {path.removeprefix("/en") for path in asked if path.startswith("/en/")} <= asked
        asked = {path.partition("?v=")[0] for path in asked}
        wanted = {"/verify/", "/static/page.js", "/data/search.json", "/log/checkpoint", f"/cases/{SLOT}/0001/"}
        assert wanted <= asked
        assert not [path for path, answer in answers.items() if answer.status != 200 and "/enterprises/" in path]


@pytest.mark.parametrize("role", REFUSED)
def test_no_marked_value_is_answered_or_journalled(told: dict[Role, Told], role: Role) -> None:
    assert find_all(told[role].said, MARKS) == {}


@pytest.mark.parametrize("role", REFUSED)
def test_no_key_no_share_and_no_salt_is_answered_or_journalled(
    told: dict[Role, Told], secrets: list[bytes], role: Role
) -> None:
    assert len(secrets) > 30
    assert find_all(told[role].said, secrets) == {}


def test_no_marked_value_and_no_secret_is_exported(exported: dict[str, bytes], secrets: list[bytes]) -> None:
    assert len(exported) > 150
    assert find_all(exported, [*MARKS, *secrets]) == {}


def test_the_same_search_finds_what_is_public(told: dict[Role, Told], exported: dict[str, bytes]) -> None:
    """It would find what is private, wherever it stood: on a page, in JSON, in the log, in a bundle's archive."""
    name = SLOT.replace("/", "-")
    places = {f"data/bundles/{name}.zip", "data/results.csv", "data/results.json"}
    pages = {f"{start}{page}/" for start in ("", "en/") for page in (f"cases/{SLOT}/0001", "results")}
    for role in ("public", "all"):
        found = find_all(told[role].said, [PLANTED])
        assert {f"/{place}" for place in places | pages} <= found.keys()
        assert {f"/api/v1/cases/{name}-0001", "/api/v1/cases?limit=500"} <= found.keys()
        assert any(path.startswith("/log/tile/entries/") for path in found)
    found = find_all(exported, [PLANTED])
    assert {*places, *(f"{page}index.html" for page in pages)} <= found.keys()


def test_a_private_value_on_a_page_would_be_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way by which it could come: a page that shows what the installation has beside its log."""
    with Installation(folder).open_openings() as table:
        told = {one.value for subject in TEXTS for one in table.read(subject)}
    monkeypatch.setattr(pages, "derive_frame", lambda *of: {"origin": told, "size": 0, "root": "", "witnessed": None})
    with serve(folder, role="public") as service:
        answers = follow_links(service, "/en/items/")
    found = find_all({path: tell(answer) for path, answer in answers.items()}, MARKS)
    assert "/en/items/" in found
    assert {mark for marks in found.values() for mark in marks} == {one[:3] for one in told}


def test_what_is_asked_is_not_kept(folder: Path) -> None:
    """A mark in every place of a request is told to nobody but who sent it: not the journal, not the metrics."""
    mark, plain = quote(MARKS[0]), MARKS[3]
    paths = [
        f"/{mark}",
        f"/{plain}/",
        f"/en/{mark}/",
        f"/log/{plain}",
        f"/static/{mark}",
        f"/data/{mark}",
        f"/?q={mark}",
    ]
    paths += [f"/search/?q={mark}", f"/en/search/?q={plain}&after={mark}", f"/api/v1/search?q={mark}&after={mark}"]
    paths += [f"/api/v1/{mark}", f"/api/v1/draws/{plain}", f"/api/v1/draws?month={plain}", f"/api/v1/cases?draw={mark}"]
    paths += [f"/api/v1/draws/{SLOT.replace('/', '-')}/enterprises/reg:{mark}", f"/api/v1/openings?subject={mark}"]
    with serve(folder) as service:
        for path in paths:
            for method in ("GET", "POST", "DELETE"):
                headers = {
                    "Referer": f"http://{plain}/",
                    "User_Agent": plain,
                    "X_Forwarded_For": plain,
                    "Cookie": plain,
                }
                answer = service.ask(method, path, None if method == "GET" else plain, **headers)
                assert answer.status != 500
                is_kept = answer.headers.get("Cache-Control") not in ("no-store", "no-cache")
                assert not is_kept or not find_marks(tell(answer), MARKS), path
        assert find_marks(service.ask("GET", "/metrics").body, MARKS) == []
        later = follow_links(service, "/search/", "/en/search/")
        assert find_all({path: tell(one) for path, one in later.items()}, MARKS) == {}
        assert find_marks(service.journal.getvalue().encode(), MARKS) == []


def test_what_was_sealed_is_not_kept_in_the_journal_when_it_is_sent_in_the_clear(folder: Path) -> None:
    """Whoever signs a name into an event by mistake is refused, and it stands nowhere."""
    with serve(folder) as service:
        text = service.compose_row().replace(b'"id":', f'"name":"{MARKS[0]}","id":'.encode())
        for sent in (text, MARKS[0].encode(), f"密 {MARKS[3]}".encode()):
            assert service.submit(sent).status in (400, 401)
        for step in ({"step": MARKS[0]}, {"step": "event", "type": MARKS[3], "subject": "x", "unit": "x", "body": {}}):
            asked = json.dumps(step)
            assert service.ask("POST", "/api/v1/prepare", asked, Content_Type="application/json").status in (400, 422)
        opening = {"subject": "x", "type": "x", "field": "x", "id": "", "salt": "0" * 32, "value": MARKS[0]}
        body = json.dumps({"openings": [opening]})
        assert service.ask("POST", "/api/v1/openings", body, Content_Type="application/json").status == 422
        assert find_marks(service.journal.getvalue().encode(), MARKS) == []
        assert find_marks(service.ask("GET", "/metrics").body, MARKS) == []


def test_the_units_that_may_read_it_do(folder: Path) -> None:
    keys = Installation(folder).read_keys()
    with serve(folder) as service:
        client = ServiceClient(service.url)
        traders, officers = (client.read_openings(subject, keys["bureau/legal-publicity"]) for subject in SUBJECTS)
        client.close()
        assert {opening.value[:3] for opening in traders} == {MARKS[0]}
        assert {opening.value[:3] for opening in officers} == {MARKS[1], MARKS[2]}
        assert find_marks(service.journal.getvalue().encode(), MARKS) == []


def test_t22_no_answer_names_anybody_after_a_sealed_draw_that_none_named_before(tmp_path: Path) -> None:
    """Of each enterprise and officer as much is told once the cases are assigned as when nothing was drawn yet."""
    world = world_at("assign")
    names = [leaf.target.id for leaf in world.draw(SEALED).ground.pool]
    names += [name for leaf in world.draw(SEALED).ground.pool if (name := leaf.target.name)]
    names += [officer.id for roster in world.record.officers.approved.values() for officer in roster.values()]
    drawn = {sheet.code for sheet in world.compute(SEALED).sheets}
    assert drawn < {*names}
    counted = []
    for station in ("witness", "assign"):
        other, place = world_at(station), tmp_path / station
        write_log(place / "log", other.log.entries, sign_checkpoint(other.log.entries, witnesses=2))
        with serve(place, role="public") as service:
            answers = follow_links(service, "/", "/en/") | ask_operations(service, ("0001", *sorted(drawn)), (2027,))
        told = {path: answer.body.decode(errors="replace") for path, answer in answers.items()}
        counted.append(
            {path: {name: text.count(name) for name in names if name in text} for path, text in told.items()}
        )
    before, after = counted
    assert {path for path in after if "/cases/" in path} == set(), "a sealed case has no page"
    assert any(before.values())
    assert after.keys() >= before.keys()
    for path, found in after.items():
        assert found == before.get(path, {}), path

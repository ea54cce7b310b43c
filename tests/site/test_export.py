"""The exported site: every link leads to a file, under whatever path it is put; the files are the log's own."""

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from cli.run import run
from ledger.audit.container import parse_container
from ledger.cli.published import replay_log
from ledger.proof.errors import Refused
from service.published import Published
from service.site.export import MARKER, export_site


class Links(HTMLParser):
    """All that a page links to or loads, and the ids that it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.actions: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "action", "data-root") and value is not None:
                self.links.append(value)
            if name == "action" and value is not None:
                self.actions.append(value)
            if name == "id" and value:
                self.ids.append(value)


@pytest.fixture(scope="module")
def pages(exported: Path) -> dict[Path, Links]:
    return {page: Links(page) for page in exported.rglob("*.html") if "static" not in page.parts}


def find(exported: Path, page: Path, link: str, root: str) -> Path:
    """Return the file that a link of a page leads to where the site lies under a path of a web server."""
    here = f"https://portal.example{root}{page.parent.relative_to(exported).as_posix()}/".replace("/./", "/")
    there = urlsplit(urljoin(here, link))
    assert there.netloc == "portal.example", link
    assert there.path.startswith(root), f"{page}: {link} leads out of the site"
    path = exported / there.path.removeprefix(root)
    return path / "index.html" if there.path.endswith("/") else path


@pytest.mark.parametrize("root", ["/", "/safety/double-random/"])
def test_every_link_of_every_page_leads_to_a_file(exported: Path, pages: dict[Path, Links], root: str) -> None:
    assert len(pages) > 60
    checked = 0
    for page, found in pages.items():
        for link in found.links:
            if link.startswith("#"):
                continue
            file = find(exported, page, link, root)
            assert file.is_file(), f"{page.relative_to(exported)}: {link}"
            fragment = urlsplit(link).fragment
            if fragment and file in pages:
                assert fragment in pages[file].ids, f"{page.relative_to(exported)}: {link}"
            checked += 1
    assert checked > 1_000


def test_nothing_is_loaded_or_linked_from_elsewhere(pages: dict[Path, Links]) -> None:
    assert {link for found in pages.values() for link in found.links if urlsplit(link).scheme} == set()


def test_no_id_stands_twice_on_a_page(pages: dict[Path, Links]) -> None:
    for page, found in pages.items():
        assert len(found.ids) == len(set(found.ids)), page


def test_every_page_is_there_in_both_languages(exported: Path, pages: dict[Path, Links]) -> None:
    paths = {page.relative_to(exported) for page in pages}
    english = {path.relative_to("en") for path in paths if path.parts[0] == "en"}
    assert english == {path for path in paths if path.parts[0] != "en"}


def test_the_log_in_it_is_the_log_and_replays(exported: Path, published: Published) -> None:
    assert (exported / "log/checkpoint").read_bytes() == published.checkpoint
    replayed = replay_log(exported / "log")
    assert replayed.failure is None
    assert replayed.record.size == published.size


def test_what_the_search_script_reads_leads_to_pages(exported: Path) -> None:
    hits = json.loads((exported / "data/search.json").read_text(encoding="utf-8"))
    assert {hit["kind"] for hit in hits} == {"draw", "enterprise", "case"}
    for hit in hits:
        path, _, fragment = hit["page"].partition("#")
        page = exported / path / "index.html"
        assert page.is_file(), hit
        assert f'id="{fragment}"' in page.read_text(encoding="utf-8") or not fragment


def test_what_the_search_finds_of_an_enterprise_leads_to_the_browsers_answer(exported: Path) -> None:
    hits = json.loads((exported / "data/search.json").read_text(encoding="utf-8"))
    answers = [(hit["id"], urlsplit(hit["why"])) for hit in hits if "why" in hit]
    assert answers
    for code, where in answers:
        asked = parse_qs(where.query)
        assert (where.path, asked["code"]) == ("verify/", [code])
        assert (exported / f"data/bundles/{asked['slot'][0].replace('/', '-')}.zip").is_file()


def test_no_form_is_left_that_only_a_server_answers(exported: Path, pages: dict[Path, Links]) -> None:
    asked = {link for found in pages.values() for link in found.actions}
    assert {urlsplit(link).path.rstrip("/").rpartition("/")[2] for link in asked} == {"search", "."}
    assert {page.parent.name for page, found in pages.items() if "./" in found.actions} == {"search"}
    home, served = (exported / "index.html").read_text(encoding="utf-8"), "提交并凭回执查询办理情况"
    assert served not in home


def test_each_draw_with_an_outcome_has_its_bundle_and_a_sealed_one_has_none(
    exported: Path, published: Published
) -> None:
    there = {file.stem for file in (exported / "data/bundles").iterdir()}
    draws = published.record.draws.by_slot
    assert there == {slot.replace("/", "-") for slot, draw in draws.items() if draw.has_outcome}
    assert there
    for file in (exported / "data/bundles").iterdir():
        assert "draw/seed.txt" in parse_container(file.read_bytes())


def test_the_same_log_gives_the_same_files(exported: Path, published: Published, tmp_path: Path) -> None:
    export_site(published, tmp_path / "again")
    first, second = (
        {file.relative_to(out): file.read_bytes() for file in out.rglob("*") if file.is_file()}
        for out in (exported, tmp_path / "again")
    )
    assert first == second


def test_an_earlier_export_is_replaced_and_another_folder_is_not(published: Published, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_site(published, out)
    (out / "stale.html").write_text("of yesterday")
    export_site(published, out)
    assert not (out / "stale.html").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        export_site(published, tmp_path / "mine")
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_an_installation_is_never_replaced(log: Path, published: Published, tmp_path: Path) -> None:
    installation = tmp_path / "data"
    shutil.copytree(log, installation / "log")  # a folder with log/checkpoint, as every installation is
    keys = installation / "keys" / "bureau.key"
    keys.parent.mkdir()
    keys.write_text("a key")
    here = Published(installation)
    for out in (installation, installation / "log", installation / "log" / "site", tmp_path):
        with pytest.raises(Refused, match="the log's folder"):
            export_site(here, out)
    with pytest.raises(Refused, match="not empty"):
        export_site(published, installation)
    export_site(here, installation / "site")
    (installation / MARKER).touch()
    with pytest.raises(Refused, match="an installation, keys"):
        export_site(published, installation)
    assert keys.read_text() == "a key"


def test_nothing_is_written_through_a_link_beside_the_place(published: Published, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name in (".out.new", ".out.old"):
        (tmp_path / name).symlink_to(tmp_path / "mine")
    export_site(published, tmp_path / "out")
    export_site(published, tmp_path / "out")
    assert not (tmp_path / "out").is_symlink()
    assert list((tmp_path / "mine").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {"mine", "out", ".out.new", ".out.old"}


def test_an_export_may_be_read_by_others(exported: Path) -> None:
    assert exported.stat().st_mode & 0o055 == 0o055


def test_the_page_of_complaints_links_to_where_they_are_taken(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOUBLE_RANDOM_SERVE_COMPLAINTS_AT", "https://office.example/complaints/")
    assert run("export", "site", "--dir", log, "--out", tmp_path / "site").status == 0
    assert 'href="https://office.example/complaints/"' in (tmp_path / "site/complaints/index.html").read_text()
    ran = run("export", "site", "--dir", log, "--out", tmp_path / "other", "--complaints-at", "javascript:1")
    assert (ran.status, (tmp_path / "other").exists()) == (2, False)
    assert "--complaints-at: found 'javascript:1', expected the address of a page" in ran.err


def test_the_command_exports_a_bare_copy_of_the_log(log: Path, tmp_path: Path) -> None:
    ran = run("export", "site", "--dir", log, "--out", tmp_path / "site")
    assert ran.status == 0, ran.err
    assert "files written to" in ran.out
    assert (tmp_path / "site/en/index.html").is_file()

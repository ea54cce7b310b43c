"""Complaints over the web: handed in without a script, sealed, answered, looked up by number and code."""

import errno
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from ledger.cli.installation import Installation
from ledger.cli.oversight import seal_text
from ledger.client.service import ServiceClient
from ledger.log.book import Book
from ledger.office.events.complaints import ComplaintAccepted, ComplaintAnswered
from ledger.office.events.log import OpeningsErased
from ledger.proof.errors import LedgerError
from ledger.store.sqlite import SqliteEntryStore
from service.public.answers import PAGE
from service.published import Published
from service.site.pages import list_paths
from serving.served import Answer, Service, serve

SAID, WHO, ANSWERED = "机密内容甲乙丙", "张三丰 13800000000", "答复内容丁戊己"
FORM = "application/x-www-form-urlencoded"
LEADER, SUPERVISOR, ENFORCEMENT = "bureau/leadership", "bureau/legal-publicity", "bureau/enforcement"


def post(service: Service, path: str, fields: dict[str, str], **headers: str) -> Answer:
    return service.ask("POST", path, urlencode(fields), **{"Content_Type": FORM, **headers})


def complain(service: Service, **fields: str) -> tuple[str, str]:
    """Hand a complaint in; return its number and its code, as the page shows them."""
    answer = post(service, "/en/complaints/", {"kind": "unfair-draw", "text": SAID, "contact": WHO, **fields})
    assert answer.status == 200, answer.body.decode()
    page = answer.body.decode()
    number, code = re.search(r"<dd>([0-9/]+)</dd>", page), re.search(r"<dd><code>([A-Z2-7 ]+)</code>", page)
    assert number
    assert code
    return number[1], code[1]


def look_up(service: Service, number: str, code: str) -> Answer:
    return post(service, "/en/complaints/status/", {"number": number, "code": code})


def test_a_complaint_is_recorded_sealed_and_looked_up_by_its_code(service: Service) -> None:
    number, code = complain(service)
    (complaint,) = service.record.complaints.by_subject.values()
    assert (complaint.received.channel, complaint.received.kind) == ("web", "unfair-draw")
    assert complaint.received.complainant is not None
    found = look_up(service, number, code.lower().replace(" ", ""))
    assert found.status == 200
    assert "received" in found.body.decode()
    with Installation(service.folder).open_openings() as table:
        assert {one.field: one.value for one in table.read(f"complaint/{number}")} == {
            "content": SAID,
            "complainant": WHO,
        }


def fetch_number(service: Service) -> str:
    """Return the number of a form that is shown now."""
    found = re.search(r'name="form" value="([0-9a-f]{32})"', service.ask("GET", "/complaints/").body.decode())
    assert found
    return found[1]


def test_the_same_form_again_counts_as_asking(folder: Path) -> None:
    with serve(folder, complaints="1 per hour", rate="4 per hour") as service:
        form = fetch_number(service)
        fields = {"kind": "other", "text": SAID, "form": form}
        answers = [post(service, "/complaints/", fields).status for _ in range(6)]
        assert answers == [200] * 4 + [429] * 2
        assert service.size == 2


def test_a_form_that_is_sent_again_is_the_same_complaint(folder: Path) -> None:
    with serve(folder, complaints="5 per hour") as service:  # what is not recorded does not count
        form = fetch_number(service)
        assert fetch_number(service) != form
        first = complain(service, form=form)
        assert [complain(service, form=form) for _ in range(3)] == [first] * 3
        assert service.size == 2
        others = [complain(service, form=form, text="另一件"), complain(service, form=fetch_number(service))]
        others += [complain(service), complain(service)]
        assert len({*others, first}) == 5, "other words, another form, no form: each is another complaint"
        assert service.size == 6


def test_forms_sent_at_the_same_time_are_taken_once(service: Service) -> None:
    form = fetch_number(service)
    with ThreadPoolExecutor(4) as pool:
        assert len({*pool.map(lambda _: complain(service, form=form), range(4))}) == 1
    assert service.size == 2


@pytest.mark.parametrize("start", ["", "en/"])
def test_no_path_without_its_last_slash_changes_what_stands_at_a_path(service: Service, start: str) -> None:
    """A page that is kept answers before any route: none may be kept where another route stands."""

    def look(path: str) -> tuple[int, str | None, str]:
        answer = service.ask("GET", f"/{start}{path}")
        return answer.status, answer.headers.get("Cache-Control"), re.sub("[0-9a-f]{32}", "", answer.body.decode())

    listed = [path for path in service.paths if not path.startswith("/api/") and path != PAGE]
    paths = {re.sub("{.*?}", "2027", path).strip("/").removeprefix("en/") + "/" for path in listed}
    published = Published(service.folder / "log")
    published.refresh()
    paths |= {*list_paths(published)} - {""}
    assert {"complaints/", "complaints/status/", "search/", "verify/"} <= paths
    for path in sorted(paths):
        before = look(path)
        assert look(path.removesuffix("/"))[0] in (200, 308, 404), path
        assert look(path) == before, path
    assert 'name="form"' in look("complaints/")[2]


def test_an_anonymous_one_needs_no_contact(service: Service) -> None:
    complain(service, contact="")
    (complaint,) = service.record.complaints.by_subject.values()
    assert complaint.received.complainant is None


def test_numbers_follow_one_another_and_codes_are_each_their_own(service: Service) -> None:
    first, second = complain(service), complain(service)
    assert int(second[0].split("/")[1]) == int(first[0].split("/")[1]) + 1
    assert first[1] != second[1]
    assert look_up(service, second[0], first[1]).status == 404
    assert look_up(service, "2027/9999", first[1]).status == 404
    assert look_up(service, first[0], "").status == 404


def test_nothing_that_was_said_is_in_the_log_the_journal_or_a_page(service: Service) -> None:
    number, code = complain(service)
    look_up(service, number, code)
    log = b"".join(file.read_bytes() for file in (service.folder / "log").rglob("*") if file.is_file())
    store = b"".join(file.read_bytes() for file in service.folder.rglob("*") if file.is_file())
    pages = [
        service.ask("GET", path).body for path in ("/", "/complaints/", "/overdue/", "/metrics", "/data/search.json")
    ]
    for mark in (SAID, WHO[:3], WHO[4:], code, code.replace(" ", "")):
        assert mark.encode() not in log
        assert mark.encode() not in store, "the openings are encrypted"
        assert mark not in service.journal.getvalue()
        assert all(mark.encode() not in page for page in pages)


def test_the_answer_is_shown_to_whoever_has_the_code(service: Service) -> None:
    number, code = complain(service)
    subject = f"complaint/{number}"
    assert (
        service.submit(service.compose("complaint.accepted/1", subject, ComplaintAccepted(), SUPERVISOR)).status == 200
    )
    assert "taken up" in look_up(service, number, code).body.decode()
    seal, opening = seal_text(subject, "complaint.answered/1", "answer", ANSWERED)
    body = ComplaintAnswered(outcome="founded", answer=seal, summary="公开摘要")
    assert service.submit(service.compose("complaint.answered/1", subject, body, SUPERVISOR)).status == 200
    with Installation(service.folder).open_openings() as table:
        table.add([opening])
    page = look_up(service, number, code).body.decode()
    assert ANSWERED in page
    assert "founded" in page
    assert ANSWERED not in look_up(service, number, "A" * 20).body.decode()


def test_t38_a_complaint_that_is_erased_is_told_to_nobody(service: Service) -> None:
    number, code = complain(service)
    (complaint,) = service.record.complaints.by_subject.values()
    with Installation(service.folder).open_openings() as table:
        kept = table.read(f"complaint/{number}")
    body = OpeningsErased(digests=(complaint.received.content.sealed,), reason="person-asked")
    assert service.submit(service.compose("openings.erased/1", "openings", body, ENFORCEMENT, SUPERVISOR)).status == 200
    assert look_up(service, number, code).status == 404
    with Installation(service.folder).open_openings() as table:
        assert [one.field for one in table.read(f"complaint/{number}")] == ["complainant"]
        table.add(kept)
    assert look_up(service, number, code).status == 404, "even where it came back"


def test_t32_who_handles_a_complaint_reads_it_and_the_unit_that_it_is_about_does_not(service: Service) -> None:
    ordinary, about = complain(service)[0], complain(service, of=SUPERVISOR)[0]
    client, keys = ServiceClient(service.url), service.keys
    assert {one.value for one in client.read_openings(f"complaint/{ordinary}", keys[SUPERVISOR])} == {SAID, WHO}
    assert {one.value for one in client.read_openings(f"complaint/{about}", keys[LEADER])} == {SAID, WHO}
    with pytest.raises(LedgerError):
        client.read_openings(f"complaint/{about}", keys[SUPERVISOR])
    client.close()


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": ""}, 400),
        ({"kind": "gossip"}, 400),
        ({"of": "bureau/nobody"}, 400),
        ({"text": " \r\n "}, 400),
        ({"text": "前\u0378后"}, 400),
        ({"text": "x\x00y"}, 400),
        ({"text": "字" * 4_001}, 413),
        ({"contact": "字" * 301}, 413),
        ({"form": "of my own"}, 400),
        ({f"more-{number}": "" for number in range(9)}, 400),
    ],
)
def test_a_form_that_is_wrong_is_told_so_and_records_nothing(
    service: Service, fields: dict[str, str], status: int
) -> None:
    answer = post(service, "/complaints/", {"kind": "other", "text": SAID, **fields})
    assert answer.status == status
    assert 'role="alert"' in answer.body.decode()
    assert service.size == 1


def test_the_journal_says_that_one_came_in_and_not_what(service: Service) -> None:
    complain(service)
    (line,) = [one for one in map(json.loads, service.journal.getvalue().splitlines()) if "complaint" in one["event"]]
    assert {name: line[name] for name in line if name != "timestamp"} == {
        "event": "complaint recorded",
        "level": "info",
        "entry": 1,
    }


@pytest.mark.parametrize("more", [{"kind": ""}, {"of": "bureau/nobody"}, {"contact": "字" * 301}])
def test_what_was_typed_is_kept_where_a_form_is_refused(service: Service, more: dict[str, str]) -> None:
    said = f"</textarea><b>{SAID}"
    page = post(service, "/complaints/", {"kind": "other", "of": LEADER, "text": said, "contact": WHO, **more})
    typed = page.body.decode()
    assert f"\n&lt;/textarea&gt;&lt;b&gt;{SAID}</textarea>" in typed
    assert f'value="{more.get("contact", WHO)}"' in typed
    assert f'value="{LEADER}" selected' in typed or "of" in more
    assert 'value="other" selected' in typed or "kind" in more


def test_another_sites_form_is_not_shown_again(service: Service) -> None:
    page = post(service, "/complaints/", {"kind": "other", "text": SAID}, Origin="https://elsewhere.example")
    assert SAID not in page.body.decode()


def test_a_wrong_code_is_told_at_the_look_up_with_the_number_and_not_as_a_complaint_refused(service: Service) -> None:
    number, _ = complain(service)
    page = look_up(service, number, "A" * 20).body.decode()
    assert "Nothing was found" in page
    assert "It was not taken" not in page
    assert f'name="number" value="{number}"' in page
    assert "<textarea" not in page


def test_a_disk_that_fails_after_the_event_was_stored_leaves_its_words_and_its_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with serve(folder) as service:
        monkeypatch.setattr(Book, "_publish", fail)
        answer = post(service, "/en/complaints/", {"kind": "other", "text": SAID})
        assert answer.status == 503
        page = answer.body.decode()
        assert "It is not certain" in page
        number, code = re.search(r"<dd>([0-9/]+)</dd>", page), re.search(r"<dd><code>([A-Z2-7 ]+)</code>", page)
        assert number
        assert code
        again = post(service, "/en/complaints/", {"kind": "other", "text": "nothing is kept of this"})
        assert again.status == 503
        assert "nothing can be taken now" in again.body.decode()
        monkeypatch.undo()
    with serve(folder) as service:
        assert "received" in look_up(service, number[1], code[1]).body.decode()
        with Installation(folder).open_openings() as table:
            assert [one.value for one in table.read(f"complaint/{number[1]}")] == [SAID]
            assert table.read(f"complaint/{number[1][:5]}0002") == []


def test_what_was_kept_of_a_complaint_that_was_never_recorded_goes_when_another_has_its_number(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with serve(folder) as service:
        monkeypatch.setattr(SqliteEntryStore, "append", fail)
        assert post(service, "/complaints/", {"kind": "other", "text": "never recorded"}).status == 503
        monkeypatch.undo()
    with serve(folder) as service:
        number, code = complain(service, contact="")
        with Installation(folder).open_openings() as table:
            assert [one.value for one in table.read(f"complaint/{number}")] == [SAID]
        assert look_up(service, number, code).status == 200


def test_a_receipt_that_cannot_be_kept_is_told_all_the_same(service: Service) -> None:
    (service.folder / "receipts").rmdir()
    (service.folder / "receipts").write_text("where the folder was")
    number, code = complain(service)
    assert look_up(service, number, code).status == 200
    entry = service.compose_row()
    assert service.submit(entry).status == 200
    assert service.submit(entry).body == service.submit(entry).body


def test_whoever_reads_the_form_waits_for_nobody_and_keeps_nobody_waiting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    publish = Book._publish

    def wait(*arguments: Any) -> None:
        assert free.wait(20)
        publish(*arguments)

    with serve(folder, submissions=8) as service, ThreadPoolExecutor(12) as threads:
        fetch_number(service)
        monkeypatch.setattr(Book, "_publish", wait)
        writing = threads.submit(service.submit, service.compose_row())
        while service.book is None or service.book.glance(id) is not None:
            time.sleep(0.01)
        try:
            forms = [threads.submit(service.ask, "GET", "/complaints/") for _ in range(10)]
            assert {form.result(10).status for form in forms} == {200}
            assert not writing.done()
            posted = [
                threads.submit(post, service, "/complaints/", {"kind": "other", "text": SAID}) for _ in range(2)
            ]  # one place, of eight for submissions
            while not any(one.done() for one in posted):  # the second is answered at once
                time.sleep(0.01)
        finally:
            free.set()
        assert writing.result(10).status == 200
        assert sorted(one.result(10).status for one in posted) == [200, 503]


def test_one_address_reads_the_form_so_often_and_no_more(folder: Path) -> None:
    with serve(folder, rate="2 per hour") as service:
        answers = [service.ask("GET", "/complaints/") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].headers["Retry-After"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"kind=other&text=%ff", FORM, 400),
        ("kind=other&text=字".encode(), FORM, 400),
        (b"x" * 70_000, FORM, 413),
        (b'{"kind":"other"}', "application/json", 415),
        (b"", FORM, 400),
    ],
)
def test_what_is_no_form_is_refused(service: Service, body: bytes, kind: str, status: int) -> None:
    assert service.ask("POST", "/complaints/", body, Content_Type=kind).status == status
    assert service.size == 1


def test_the_longest_complaint_has_room(service: Service) -> None:
    complain(service, text="字" * 4_000, contact="字" * 300)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 422),
        ({"Origin": "null"}, 422),
        ({"Sec_Fetch_Site": "cross-site"}, 422),
        ({"Sec_Fetch_Site": "same-site"}, 422),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "https://elsewhere.example"}, 422),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec_Fetch_Site": "same-origin"}, 200),
    ],
)
def test_no_other_sites_page_complains_for_its_reader(service: Service, headers: dict[str, str], status: int) -> None:
    assert post(service, "/complaints/", {"kind": "other", "text": SAID}, **headers).status == status
    assert service.size == (2 if status == 200 else 1)


def test_our_own_page_complains(service: Service) -> None:
    assert post(service, "/complaints/", {"kind": "other", "text": SAID}, Origin=service.url).status == 200


def test_one_address_complains_so_often_and_no_more(folder: Path) -> None:
    with serve(folder, complaints="2 per hour") as service:
        complain(service)
        number, code = complain(service)
        answer = post(service, "/complaints/", {"kind": "other", "text": SAID})
        assert answer.status == 429
        assert SAID in answer.body.decode(), "what was typed is not lost"
        assert answer.headers["Retry-After"]
        assert service.size == 3
        assert look_up(service, number, code).status == 200, "asking is counted apart"


def test_nothing_of_it_is_kept_by_whoever_passes_it_on(service: Service) -> None:
    number, code = complain(service)
    for answer in (look_up(service, number, code), service.ask("GET", "/complaints/")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    assert service.ask("GET", "/complaints/status/").status == 303


def test_an_officials_process_takes_complaints_and_shows_nothing_else(folder: Path) -> None:
    with serve(folder, role="officials") as service:
        complain(service)
        assert service.ask("GET", "/static/site.css").status == 200
        assert service.ask("GET", "/draws/").code == "not-found"


def test_without_the_services_key_nothing_is_taken(folder: Path) -> None:
    Installation(folder).key_file("service").unlink()
    with serve(folder) as service:
        assert "not taken here" in service.ask("GET", "/en/complaints/").body.decode()

"""T35: no page that the service serves touches a unit's key, and neither does the service itself."""

import base64
import re
import secrets
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import urllib3

from ledger.cli.installation import Installation
from ledger.cli.published import read_record
from ledger.proof.note import Signer
from marks import find_marks
from service.site.assets import list_static
from serving.crawl import follow_links
from serving.served import UNIT, Answer, Service, compose_row, serve
from serving.test_alone import UNTRACED, WATCHED, stop
from serving.test_command import await_address, start
from serving.test_headers import PAGE, documented

__all__ = ["documented"]  # the fixture

FIELDS = {"seek": "q", "q": "q", "firm": "q"} | {
    name: name for name in ("form", "slot", "kind", "of", "text", "contact", "number", "code")
}
"""Every field that is sent: its id, or its name where it has none -> under which name. No other is on any page but …"""
UNSENT = {"slot", "bundle", "vkey", "policy", "code"}
"""… these of the page of verification, which have no name and so are in no form that is sent."""
WRITES = re.compile(
    r"generateKey|importKey\([^)]*'sign'|subtle\.(sign|decrypt|deriveKey|deriveBits|unwrapKey|exportKey)|randomSecretKey|"
    r"randomPrivateKey|getRandomValues|keygen\(|\.sign\(|getPublicKey|method: *'(POST|PUT)|sendBeacon|"
    r"XMLHttpRequest|WebSocket|EventSource|indexedDB|document\.cookie|sessionStorage|navigator\.(credentials|clipboard)|"
    r"innerHTML|eval\(|new Function|import\((?!')"
)
"""What a script would do that makes or uses a key, sends something, or lets something else in."""
VENDORED = re.compile(r"^import \{ (.+?) \} from '[./]*/vendor/(.+)';$", re.MULTILINE)


class _Page(HTMLParser):
    """What of a page could take a key, or run something that does."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: list[dict[str, str | None]] = []
        self.scripts: list[str | None] = []
        self.inline: list[str] = []
        self._is_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag in ("input", "textarea", "select"):
            self.fields.append(found)
        if tag == "script":
            self.scripts.append(found.get("src"))
        self._is_script = tag == "script"
        self.inline += [
            name for name in found if name.startswith("on") or name in ("style", "contenteditable", "srcdoc")
        ]
        self.inline += [tag] if tag in ("iframe", "object", "embed", "style", "base") else []
        self.inline += [value for value in found.values() if value and value.strip().lower().startswith("javascript:")]

    def handle_data(self, data: str) -> None:
        if self._is_script and data.strip():
            self.inline.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._is_script = False


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, founded: Path) -> dict[str, Answer]:
    """Every page that a service shows that does all a service does."""
    folder = Path(shutil.copytree(founded, tmp_path_factory.mktemp("pages") / "data"))
    with serve(folder) as service:
        answers = follow_links(service, "/", "/en/", "/verify/", "/en/verify/", "/search/?q=1", "/nothing/")
    return {path: one for path, one in answers.items() if one.headers.get("Content-Type", "").startswith("text/html")}


def test_t35_no_page_asks_for_a_key_and_none_runs_what_is_not_the_sites_own(
    pages: dict[str, Answer], documented: dict[str, dict[str, str]]
) -> None:
    assert len(pages) > 25
    static, seen = list_static(), set[str]()
    for path, answer in pages.items():
        page = _Page(answer.body.decode())
        assert page.inline == [], path
        for source in page.scripts:
            assert source is not None
            assert urlsplit(source).netloc == ""
            assert source.rpartition("static/")[2].partition("?v=")[0] in static
        for field in page.fields:
            name = field.get("id") or field["name"]
            seen.add(str(name))
            assert field.get("type") in (None, "search", "hidden", "file")
            assert field.get("type") != "file" or field.get("accept") == ".zip"
            if path.removeprefix("/en") == "/verify/" and name != "seek":
                assert name in UNSENT
                assert "name" not in field
            else:
                assert FIELDS.get(str(name)) == field["name"], f"{path}: a field that nobody has looked at"
        assert answer.headers["Content-Security-Policy"] == documented[PAGE]["Content-Security-Policy"]
    assert {"text", "bundle", "vkey", "policy", "code"} <= seen


def test_t35_no_script_of_the_site_makes_or_uses_a_secret_or_sends_anything() -> None:
    scripts = {path: data.decode() for path, data in list_static().items() if path.endswith((".js", ".mjs"))}
    own = {path: text for path, text in scripts.items() if not path.startswith("vendor/")}
    assert len(own) > 40
    found = {path: WRITES.findall(text) for path, text in own.items() if WRITES.search(text)}
    assert found == {}
    imported = {
        name.strip() for text in own.values() for names, _ in VENDORED.findall(text) for name in names.split(",")
    }
    assert imported == {"sha256 as noble", "sha512", "ed25519", "x25519", "bls12_381"}
    used = {use for text in own.values() for use in re.findall(r"\b(?:ed25519|x25519)\.(\w+)", text)}
    assert used <= {"Point", "verify", "getSharedSecret", "js"}, "of what the library can do, nothing that signs"
    for line in ("crypto.subtle.sign('Ed25519', k, m)", "fetch(url, { method: 'POST' })", "ed25519.sign(m, k)"):
        assert WRITES.search(line), "and it would be found"


@pytest.mark.skipif(UNTRACED, reason="there is no strace here")
def test_t35_the_service_opens_no_units_key_and_no_share(folder: Path, tmp_path: Path) -> None:
    """Where a trial's keys lie beside the log, too: of the folder's keys it opens its own, and the log's."""
    entry = compose_row(read_record(folder), Installation(folder).read_keys()[UNIT])
    calls = tmp_path / "calls"
    process = start("--dir", folder, "--port", "0", before=(*WATCHED, str(calls)))
    url = f"http://{await_address(process)}"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    fields = urlencode({"kind": "other", "text": "示例"})
    statuses = [
        urllib3.request("POST", f"{url}/api/v1/events", body=entry, headers={"Content-Type": "text/plain"}).status,
        urllib3.request("POST", f"{url}/complaints/", body=fields, headers=form).status,
        urllib3.request("GET", f"{url}/verify/").status,
    ]
    stop(process)
    assert statuses == [200] * 3
    said = calls.read_text(errors="replace")
    opened = {path for call, path in re.findall(rf'(open\w*)\([^"]*"{folder}/([^"]+)"', said)}
    assert {path for path in opened if path.startswith(("keys/", "shares/"))} == {"keys/service.key"}
    assert "private/log.key" in opened


def test_t35_a_key_that_is_sent_by_mistake_is_refused_and_kept_nowhere(service: Service) -> None:
    signer = Signer(service.signer().name, secrets.token_bytes(32))
    secret = signer.format_skey()
    seed = base64.b64decode(secret.split("+", 4)[4])[1:]
    form = "application/x-www-form-urlencoded"
    kinds = {"/api/v1/events": "text/plain", "/complaints/status/": form}
    kinds |= dict.fromkeys(("/api/v1/prepare", "/api/v1/openings"), "application/json")
    for path, kind in kinds.items():
        body = urlencode({"number": secret, "code": secret}) if kind == form else secret
        answer = service.ask("POST", path, body, Content_Type=kind, Authorization=secret)
        assert 400 <= answer.status < 500
        assert find_marks(answer.body, [seed]) == [], path
    assert find_marks(service.journal.getvalue().encode(), [seed, secret]) == []
    for file in (file for file in service.folder.rglob("*") if file.is_file()):
        assert find_marks(file.read_bytes(), [seed, secret]) == []

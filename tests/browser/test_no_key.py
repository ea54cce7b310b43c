"""T35: a unit's key that somebody types into the page of verification leaves the browser on no way."""

import base64
from typing import TYPE_CHECKING

import pytest

from ledger.proof.note import Signer
from marks import find_marks
from serving.served import Service

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

SEED = bytes(range(7, 39))
SECRET = Signer("longgang.example/double-random/bureau/enforcement", SEED).format_skey()


@pytest.mark.parametrize("field", ["vkey", "policy"])
def test_t35_a_key_in_a_field_of_the_page_is_refused_and_sent_and_kept_nowhere(
    phone: "BrowserContext", site: Service, field: str
) -> None:
    page, sent = phone.new_page(), list[tuple[str, ...]]()
    phone.on("request", lambda one: sent.append((one.method, one.url, one.post_data or "", str(one.headers))))
    page.goto(f"{site.url}/verify/")
    page.click("summary")
    page.fill(f"#{field}", SECRET)
    page.click("#run")
    page.wait_for_selector("#verdict:not([hidden])", timeout=60_000)
    assert page.get_attribute("#verdict", "data-status") != "passed"
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
    assert {method for method, *_ in sent} == {"GET"}
    assert len(sent) > 5
    marks: list[str | bytes] = [SECRET, SEED, base64.b64encode(b"\x01" + SEED).decode()]
    assert find_marks(repr(sent).encode() + kept.encode(), marks) == []

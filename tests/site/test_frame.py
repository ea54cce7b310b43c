"""What every page says of the log it was made from: who cosigned the very checkpoint whose root it shows."""

import re
from pathlib import Path

from audit.evidence import write_log
from ledger.office.masking import SEALED_NAME
from ledger.proof.checkpoint import Checkpoint, cosign, format_checkpoint
from ledger.proof.encoding import parse_time
from ledger.proof.note import format_note, parse_note
from month import month_entries
from service.published import Published
from service.site.export import export_site
from service.site.language import Language
from service.site.pages import derive_frame, show_page
from service.site.render import mark, render
from service.site.searching import show_found
from world import ORIGIN, key, witness_signers

LATER = parse_time("2029-05-06T07:08:00Z")
TOLD = "2029-05-06 15:08 +08:00"


def sign(published: Published, *seconds: int) -> bytes:
    """Return the checkpoint over all that is published, cosigned by a witness at each of some times."""
    text = format_checkpoint(Checkpoint(ORIGIN, published.size, published.record.tree.root()))
    lines = [key(ORIGIN).sign_text(text)]
    lines += [cosign(signer, text, at) for signer, at in zip(witness_signers().values(), seconds, strict=False)]
    return format_note(text, lines)


def tell_footer(published: Published, code: str = "en") -> str:
    """Return the words of the home page's footer."""
    page = show_page(published, "", Language("zh" if code == "zh" else "en"))
    assert page is not None
    return " ".join(re.sub(r"<[^>]+>", "", page.partition("<footer>")[2]).split())


def test_the_footer_tells_the_cosignatures_of_the_checkpoint_whose_root_it_shows(
    published: Published, tmp_path: Path
) -> None:
    entries = month_entries()
    log = write_log(tmp_path / "log", entries, sign(published, LATER, LATER + 60))
    newer = Published(log)
    assert newer.record.attested_now() < LATER, "the record's last word is older"
    told = tell_footer(newer)
    assert TOLD in told
    assert "2029-05-06 15:09 +08:00" in told
    assert "at least 2" in told
    assert "too few" not in told
    assert TOLD in tell_footer(newer, "zh")
    export_site(newer, tmp_path / "out")
    assert TOLD in (tmp_path / "out/draws/index.html").read_text(encoding="utf-8")


def test_too_few_cosignatures_and_none_are_told(published: Published, tmp_path: Path) -> None:
    entries = month_entries()
    for number, word in ((1, "too few witnesses have signed yet"), (0, "unwitnessed")):
        log = write_log(tmp_path / str(number), entries, sign(published, *[LATER][:number]))
        told = tell_footer(Published(log))
        assert word in told
        assert (TOLD in told) == bool(number)


def test_a_line_that_does_not_verify_counts_for_nothing(published: Published, tmp_path: Path) -> None:
    good, other = sign(published, LATER, LATER), sign(published, LATER, LATER + 1)
    lines = parse_note(good).signatures
    forged = lines[-1]._replace(signature=parse_note(other).signatures[-1].signature[:8] + lines[-1].signature[8:])
    log = write_log(tmp_path / "log", month_entries(), format_note(parse_note(good).text, [*lines[:-1], forged]))
    assert "too few witnesses" in tell_footer(Published(log))


def test_the_other_language_is_asked_the_same_and_nothing_leaves_the_attribute(published: Published) -> None:
    shown = derive_frame(published.record) | show_found(published, "0001", "", Language("en"))
    page = render("search.html", "search/", Language("en"), shown, query='q=0001&x="><b>')
    assert 'href="../../search/?q=0001&amp;x=&#34;&gt;&lt;b&gt;"' in page


def test_a_name_that_is_not_public_says_so_in_the_pages_language() -> None:
    assert mark(SEALED_NAME, is_english=True) == "(personal name, not public)"
    assert mark(SEALED_NAME, is_english=False) == SEALED_NAME

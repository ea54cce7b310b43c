"""What each step of the supervisor's work signs: notices, complaints, filings, training, suggestions."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unicodedata import normalize

from ledger.cli.desk import Desk
from ledger.cli.installation import Installation, read_text
from ledger.office.complaints import Complaint
from ledger.office.events.body import Body, Sealed
from ledger.office.events.complaints import (
    ComplaintAccepted,
    ComplaintAnswered,
    ComplaintDeclined,
    ComplaintPassed,
    ComplaintReceived,
)
from ledger.office.events.supervision import (
    BulletinIssued,
    FilingAcknowledged,
    FilingMade,
    NoticeAnswered,
    NoticeIssued,
    NoticeSettled,
    SuggestionAnswered,
    SuggestionMade,
    TrainingHeld,
)
from ledger.office.policy import SERVICE
from ledger.office.record import Record
from ledger.office.supervision import Filing, Notice
from ledger.proof.draw import BUREAU
from ledger.proof.encoding import derive_day
from ledger.proof.errors import LedgerError, Refused, Unauthorised
from ledger.store.openings import Opening

RECEIVED = "complaint.received/1"


def next_subject(desk: Desk, series: str) -> str:
    """Return the next subject of a series of this year, such as notice/2027/0001."""
    series = f"{series}/{derive_day(desk.clock())[:4]}"
    return f"{series}/{desk.record.supervision.numbered.get(series, 0) + 1:04d}"


def watcher(desk: Desk, of: str | None) -> str:
    """Return who watches over a unit: the supervisor, or the leader where it is the supervisor's own section."""
    office = desk.office(BUREAU)
    return office.leader if of == office.supervisor else office.supervisor


def issue_notice(desk: Desk, to: str, grounds: str, demand: str, about: Sequence[str]) -> str:
    """Call a unit to account; return the notice's subject."""
    body = NoticeIssued.model_validate({"to": to, "about": about, "grounds": grounds, "demand": demand})
    subject = next_subject(desk, "notice")
    desk.submit("notice.issued/1", subject, body, watcher(desk, to))
    return subject


def find_notice(desk: Desk, subject: str) -> Notice:
    """Return a notice. Raises Refused if none was issued under that subject."""
    if subject not in desk.record.supervision.notices:
        raise Refused(f"{subject}: no such notice was issued")
    return desk.record.supervision.notices[subject]


def answer_notice(desk: Desk, subject: str, answer: str) -> int:
    """The unit that was called answers."""
    unit = find_notice(desk, subject).issued.to
    return desk.submit("notice.answered/1", subject, NoticeAnswered(answer=answer), unit)


def settle_notice(desk: Desk, subject: str, outcome: str) -> int:
    """The matter ends, or goes further."""
    unit = watcher(desk, find_notice(desk, subject).issued.to)
    return desk.submit("notice.settled/1", subject, NoticeSettled.model_validate({"outcome": outcome}), unit)


def seal_text(subject: str, type: str, field: str, value: str) -> tuple[Sealed, Opening]:
    """Return what stands in an event for a text that is not public, and its opening, to be kept apart."""
    opening = Opening(subject, type, field, "", secrets.token_hex(16), value)
    return Sealed(sealed=opening.seal), opening


@contextmanager
def kept(installation: Installation, openings: Sequence[Opening]) -> Iterator[None]:
    """Keep openings first, so that what is recorded can always be read; and not, where the rules refuse it.

    After any other error (a full disk, a witness that is away) the event may be recorded all the same, so they stay.
    """
    with installation.open_openings() as table:
        table.add(openings)
        try:
            yield
        except (LedgerError, ValueError) as error:
            # Without a check only these two come before anything is handed in: a value that cannot be, a missing key.
            if isinstance(error, ValueError | Unauthorised) or error.check is not None:
                table.erase([opening.seal for opening in openings])
            raise


def drop_unrecorded(installation: Installation, record: Record, subject: str) -> None:
    """Delete what is kept of complaints that were never recorded under a number that another has now."""
    with installation.open_openings() as table:
        kept = [opening.seal for opening in table.read(subject, RECEIVED)]
        table.erase([seal for seal in kept if seal not in record.seals.known])


def receive_complaint(
    installation: Installation,
    desk: Desk,
    kind: str,
    channel: str,
    content: str,
    complainant: str | None = None,
    of: str | None = None,
) -> str:
    """Receive a complaint; what was said and who said it goes into the openings. Returns its subject, the receipt."""
    subject, body, units, openings = compose_complaint(desk, kind, channel, content, complainant, of)
    with kept(installation, openings):
        desk.submit(RECEIVED, subject, body, *units)
    drop_unrecorded(installation, desk.record, subject)
    return subject


def compose_complaint(
    desk: Desk, kind: str, channel: str, content: str, complainant: str | None, of: str | None
) -> tuple[str, ComplaintReceived, list[str], list[Opening]]:
    """Return the next complaint's subject, its body, the units that sign it, and the openings of what it seals."""
    subject = next_subject(desk, "complaint")
    private = {"content": content} | ({"complainant": complainant} if complainant else {})
    sealed = {field: seal_text(subject, RECEIVED, field, value) for field, value in private.items()}
    fields = {"channel": channel, "kind": kind, "of": of} | {field: seal for field, (seal, _) in sealed.items()}
    office = desk.office(BUREAU)
    units = [office.leader] if of == office.supervisor else [office.supervisor, office.leader]
    body = ComplaintReceived.model_validate(fields)
    return subject, body, [SERVICE] if channel == "web" else units, [opening for _, opening in sealed.values()]


def find_complaint(desk: Desk, subject: str) -> Complaint:
    """Return a complaint. Raises Refused if none has that number."""
    if subject not in desk.record.complaints.by_subject:
        raise Refused(f"{subject}: no such complaint was received")
    return desk.record.complaints.by_subject[subject]


def decide_complaint(desk: Desk, subject: str, to: str | None = None, reason: str | None = None) -> int:
    """Take a complaint up; or pass it on to an authority, or decline it for a reason."""
    unit = watcher(desk, find_complaint(desk, subject).received.of)
    if to is not None:
        return desk.submit("complaint.passed/1", subject, ComplaintPassed.model_validate({"to": to}), unit)
    if reason is not None:
        body: Body = ComplaintDeclined.model_validate({"reason": reason})
        return desk.submit("complaint.declined/1", subject, body, unit)
    return desk.submit("complaint.accepted/1", subject, ComplaintAccepted(), unit)


def answer_complaint(
    installation: Installation, desk: Desk, subject: str, outcome: str, answer: str, summary: str | None = None
) -> int:
    """Answer a complaint; the answer is sealed, the summary public."""
    type = "complaint.answered/1"
    unit = watcher(desk, find_complaint(desk, subject).received.of)
    seal, opening = seal_text(subject, type, "answer", answer)
    body = ComplaintAnswered.model_validate({"outcome": outcome, "answer": seal, "summary": summary})
    with kept(installation, [opening]):
        return desk.submit(type, subject, body, unit)


def issue_bulletin(desk: Desk, first: str, last: str, figures: Mapping[str, int], document: str) -> str:
    """The supervisor issues a period's bulletin; return its subject."""
    body = BulletinIssued.model_validate({"first": first, "last": last, "figures": figures, "document": document})
    subject = next_subject(desk, "bulletin")
    desk.submit("bulletin.issued/1", subject, body, desk.office(BUREAU).supervisor)
    return subject


def make_filing(desk: Desk, street: str, year: int, title: str, document: str) -> int:
    """A street files its plan: the document's SHA-256."""
    body = FilingMade.model_validate({"title": title, "document": document})
    return desk.submit("filing.made/1", f"filing/{street}/{year}", body, desk.office(street).organiser)


def find_filing(desk: Desk, subject: str) -> Filing:
    """Return a street's filing. Raises Refused if there is none."""
    if subject not in desk.record.supervision.filings:
        raise Refused(f"{subject}: nothing was filed")
    return desk.record.supervision.filings[subject]


def acknowledge_filing(desk: Desk, street: str, year: int) -> int:
    """The bureau says that it has the document."""
    subject = "/".join(("filing", street, str(year)))
    filing = find_filing(desk, subject)
    body = FilingAcknowledged(document=filing.made.document)
    return desk.submit("filing.acknowledged/1", subject, body, desk.office(BUREAU).organiser)


def hold_training(desk: Desk, office: str, held: str, title: str, hours: int, attended: Sequence[str]) -> str:
    """Record a training; return its subject."""
    fields = {"held": held, "title": title, "hours": hours, "attended": sorted(attended)}
    subject = next_subject(desk, f"training/{office}")
    desk.submit("training.held/1", subject, TrainingHeld.model_validate(fields), desk.office(office).organiser)
    return subject


def suggest(desk: Desk, unit: str, text: str) -> str:
    """A unit makes a suggestion; return its subject."""
    subject = next_subject(desk, "suggestion")
    desk.submit("suggestion.made/1", subject, SuggestionMade(text=text), unit)
    return subject


def answer_suggestion(desk: Desk, subject: str, answer: str) -> int:
    """The organiser answers a suggestion."""
    return desk.submit(
        "suggestion.answered/1", subject, SuggestionAnswered(answer=answer), desk.office(BUREAU).organiser
    )


def read_private(file: Path) -> str:
    """Return what is to be sealed: a file's text, or standard input's for `-`. Raises Refused if it is blank."""
    text = normalize("NFC", read_text(Path("/dev/stdin") if str(file) == "-" else file)).strip()
    if not text:
        raise Refused(f"{file}: there is nothing in it")
    return text

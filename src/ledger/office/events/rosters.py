"""Events on the rosters: enterprises to be inspected, officers who inspect, and who may not meet whom."""

from typing import Literal

from ledger.office.events.body import Body, Code, Count, Id, ListRef, Many, Text, Year
from ledger.office.rows import Officer, Target


class TargetsDeclared(Body):
    """targets.declared/1, subject `targets/<year>/<sub-roster>`: its keeper's list for a year (R32, R33).

    list     the rows (docs/spec/events.md, section 4)
    private  sealed values of some rows: names of sole traders are personal names
    """

    year: Year
    sub_roster: Id
    list: ListRef
    private: ListRef | None = None


class Declared(Body):
    """A declaration that is approved: what it is of, and the list."""

    of: Id
    list: ListRef


class TargetsApproved(Body):
    """targets.approved/1, subject `targets/<year>`: the year's roster, put together from the sub-rosters.

    No code stands in two of them (R34, T13).
    """

    year: Year
    declarations: Many[Declared]
    total: Count


class TargetChanged(Body):
    """target.changed/1, subject `targets/<year>/changes`: one enterprise's row as it is from now on, or a new one.

    A change of what a rule reads counts after the cooling-off (T14); a first listing at once.
    """

    year: Year
    target: Target
    reason: Text


class OfficersDeclared(Body):
    """officers.declared/1, subject `officers/<year>/<roster>/of/<unit>`: a unit's certified staff (R17, R19)."""

    year: Year
    roster: Id
    list: ListRef
    private: ListRef | None = None


class OfficersApproved(Body):
    """officers.approved/1, subject `officers/<year>/<roster>`: the roster for a year, at least 80% enrolled (R17)."""

    year: Year
    roster: Id
    declarations: Many[Declared]
    certified_in_post: Count
    enrolled: Count


class OfficerChanged(Body):
    """officer.changed/1, subject `officers/<year>/<roster>/changes`: an officer's row from now on (R20)."""

    year: Year
    roster: Id
    officer: Officer
    reason: Text


class ConflictDeclared(Body):
    """conflict.declared/1, subject `conflicts`: an officer and an enterprise that may not meet."""

    officer: Id
    code: Code
    reason: Literal["kinship", "interest", "former-employment", "party-request", "other"]


class ConflictEnded(Body):
    """conflict.ended/1, subject `conflicts`: they may meet again."""

    officer: Id
    code: Code

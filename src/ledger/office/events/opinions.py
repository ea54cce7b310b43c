"""Events of whoever supervises from outside the bureau: 区司法局, 派驻纪检监察组 (国令第825号)."""

from typing import Literal

from ledger.office.events.body import Body, Id, Text
from ledger.office.events.supervision import Subjects


class OpinionGiven(Body):
    """opinion.given/1, subject `opinion/<year>/<nnnn>`: an overseer's word on what stands in the record (监督意见).

    kind  an opinion (意见), or a decision that binds (决定)
    to    the unit that is to answer
    """

    to: Id
    about: Subjects
    kind: Literal["opinion", "decision"]
    text: Text


class OpinionAnswered(Body):
    """opinion.answered/1: the unit's answer: what it did about it."""

    answer: Text

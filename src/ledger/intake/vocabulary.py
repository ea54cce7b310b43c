"""The words that an office uses in its sheets, and the ids that the record uses for them.

The words come from the bureau's policy, which is built elsewhere; none is fixed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.intake.text import normalise_word

_STREET_ENDINGS = ("", "街道", "街道办", "街道办事处", "街道安监办", "街道应急办", "街道应急管理办公室", "安监办")
_ROSTER_ENDINGS = ("", "专项库", "名录库", "二级库", "库", "企业", "单位", "企业专项库", "单位专项库", "机构")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words to ids. Keys are words as an office writes them; width, case and spaces do not matter.

    streets         a street's name to its unit: 平湖 to street/pinghu; 平湖街道 and 平湖街道安监办 follow
    units           a unit's name to its id: 执法监察科 to bureau/enforcement
    sub_rosters     a sub-roster's name to its id: 危险化学品 to hazchem; 危险化学品专项库 follows
    key_lists       a key list's name to its id: 存在重大事故隐患 to major-hazard
    precedence      ids of sub-rosters: which is an enterprise's primary one, where it is of several
    tags            a tag's name to its id: 涉液氨 to ammonia
    qualifications  a qualification's name to its id
    """

    streets: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    sub_rosters: Mapping[str, str] = field(default_factory=dict)
    key_lists: Mapping[str, str] = field(default_factory=dict)
    precedence: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    qualifications: Mapping[str, str] = field(default_factory=dict)


class Words:
    """A vocabulary made ready for looking up: every accepted form of each word."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.streets = _expand(vocabulary.streets, _STREET_ENDINGS)
        self.units = {**self.streets, **_expand(vocabulary.units, ("",))}
        self.precedence = vocabulary.precedence
        self.sub_rosters = _expand(vocabulary.sub_rosters, _ROSTER_ENDINGS)
        self.key_lists = _expand(vocabulary.key_lists, ("", "名单", "单位", "企业"))
        self.tags = {**self.sub_rosters, **_expand(vocabulary.tags, ("", "企业", "单位"))}
        self.qualifications = _expand(vocabulary.qualifications, ("",))


def _expand(words: Mapping[str, str], endings: tuple[str, ...]) -> dict[str, str]:
    """Return every form of each word with its id; an id stands for itself."""
    forms = {normalise_word(word_id): word_id for word_id in words.values()}
    for ending in reversed(endings):
        forms |= {normalise_word(word + ending): word_id for word, word_id in words.items()}
    return forms


def derive_known(words: Mapping[str, str]) -> str:
    """Return the words of a vocabulary for a message: the shortest form of each id, in the order given."""
    shortest: dict[str, str] = {}
    for word, word_id in words.items():
        if word != normalise_word(word_id) and len(word) < len(shortest.get(word_id, word + " ")):
            shortest[word_id] = word
    return "、".join(shortest.values())

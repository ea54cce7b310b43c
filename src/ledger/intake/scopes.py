"""Which enterprises a text means: 生产经营单位 is every one, 危险化学品企业 a sub-roster; the rest is asked about."""

from collections.abc import Mapping

from ledger.intake.findings import Remark, Unread
from ledger.intake.text import normalise_word, parse_list, split_words
from ledger.intake.vocabulary import derive_known

_EVERY = frozenset(
    split_words(
        "生产经营单位 各类生产经营单位 全部生产经营单位 所有生产经营单位 辖区内生产经营单位 辖区生产经营单位 "
        "企业 各类企业 全部企业 所有企业 辖区内企业 辖区企业 全部 所有 不限 全部对象 市场主体"
    )
)


def parse_scope(text: str, words: Mapping[str, str]) -> tuple[list[str], tuple[Remark, ...]]:
    """Return the ids that a text names, sorted; none if it names every enterprise.

    text   a cell that lists kinds of enterprise
    words  accepted words to ids

    A longer text that holds one known word is read as that word, with a warning.
    Raises Unread if a part is not known: a scope is never widened because a word was not understood.
    """
    ids: set[str] = set()
    remarks: list[Remark] = []
    parts = parse_list(text)
    if any(normalise_word(part) in _EVERY for part in parts) and len(parts) == 1:
        return [], ()
    for part in parts:
        word = normalise_word(part)
        if word in words:
            ids.add(words[word])
            continue
        near = {words[known] for known in words if len(known) > 1 and not known.isascii() and known in word}
        if len(near) != 1:
            raise Unread("value-unknown", part, f"生产经营单位（全部）、{derive_known(words)}")
        ids |= near
        remarks.append(Remark("value-near", part, next(iter(near))))
    return sorted(ids), tuple(remarks)

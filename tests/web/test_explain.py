"""「我的企业」: the browser tells an enterprise's owner the same as `double-random explain`, value for value."""

import json
from typing import Any

import pytest

from audit.evidence import month, replace, sign_again, sign_checkpoint
from audit.evidence import pack as pack_bundle
from audit.test_attacks import ATTACKS
from audit.test_explain import ABSENT, CLOSED, DRAWN, codes
from ledger.audit.explain import explain, format_explanation
from ledger.audit.pairing import check_pairing
from ledger.proof.errors import LedgerError
from web.node import Node, RefusedError

ASKED = [
    DRAWN[0], DRAWN[-1], CLOSED, ABSENT, *codes()[:4], codes()[-1], f" {DRAWN[0][:9]} {DRAWN[0][9:]} ",
    DRAWN[0].lower(), "000000000000000000", "ZZZZZZZZZZZZZZZZZZ", "reg:深1号", "测试企业7号",
    "测试企业", "没有这家", "reg:", "a b", "",
]  # fmt: skip


def by_program(code: str, data: bytes) -> dict[str, Any] | str:
    """Return what the program tells, or the class of its refusal."""
    try:
        value: dict[str, Any] = json.loads(explain(code, data, check_pairing).format_json())
    except LedgerError as error:
        return type(error).__name__
    return value


def by_browser(code: str, data: bytes, node: Node) -> dict[str, Any] | str:
    """Return what the browser tells."""
    try:
        value: dict[str, Any] = node.ask("explain", code=code, data=data)
    except RefusedError as error:
        return error.kind
    return value


@pytest.mark.parametrize("code", ASKED)
def test_both_tell_the_same(code: str, node: Node) -> None:
    assert by_browser(code, month().data, node) == by_program(code, month().data)


@pytest.mark.parametrize("code", ASKED)
def test_both_say_it_in_the_same_sentences(code: str, node: Node) -> None:
    told = by_browser(code, month().data, node)
    if isinstance(told, str):
        return  # it is refused, and the other test compares how
    said = node.ask("explanation", told=told)
    explanation = explain(code, month().data, check_pairing)
    for locale in ("zh", "en"):
        assert "\n".join(words[locale] for words in said) == format_explanation(explanation, locale)


def test_both_tell_nothing_of_a_bundle_that_fails(node: Node) -> None:
    attack = ATTACKS[0]
    index = month().index(attack.type, attack.number)
    entries = replace(month().entries, index, sign_again(month().entries[index], attack.change, *attack.signers))
    data = pack_bundle(month(), entries, sign_checkpoint(entries))
    assert by_browser(DRAWN[0], data, node) == by_program(DRAWN[0], data) == "Mismatch"

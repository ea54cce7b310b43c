"""What ids mean, in both languages: what a reader is shown in the place of an id or beside it, and may type instead.

The ids are those of the events (docs/spec/events.md) and of `--json`; a test holds each table against its type.
"""

from collections.abc import Mapping

from ledger.cli.speech import tr
from ledger.intake.text import normalise_word
from ledger.office.policy import Policy, read_default_policy
from ledger.proof.draw import BUREAU
from ledger.proof.errors import Refused

Meanings = Mapping[str, tuple[str, str]]
"""id -> its meaning in Chinese and in English"""

KINDS: Meanings = {
    "monthly": ("月度抽查", "a month's ordinary draw"),
    "general-campaign": ("大检查", "a general campaign"),
    "special-campaign": ("专项治理", "a campaign on one subject"),
    "covert": ("暗访暗查", "unannounced"),
    "supplementary": ("补抽", "after a voided slot"),
    "joint": ("部门联合", "with other departments"),
}

STATIONS: Meanings = {
    "opened": ("已启用", "opened"),
    "frozen": ("已冻结", "frozen"),
    "closed": ("份额已截止", "shares closed"),
    "witnessed": ("已见证", "witnessed"),
    "randomness": ("随机数已录入", "randomness recorded"),
    "executed": ("已产生结果", "executed"),
    "attested": ("已复核", "attested"),
}

VOID_REASONS: Meanings = {
    "too-few-shares": ("份额不足两个单位", "fewer than two units' shares"),
    "unwitnessed": ("未按时见证", "not witnessed in time"),
    "ground-in-error": ("名录或计划有误", "a roster or the plan is wrong"),
    "procedure-in-error": ("程序有误", "a step was taken wrongly"),
    "lottery-cancelled": ("彩票停开", "the lottery was not drawn"),
    "superior-order": ("上级要求", "a superior authority ordered it"),
}

CASE_STATES: Meanings = {
    "drawn": ("已抽中", "drawn"),
    "assigned": ("已分派", "assigned"),
    "visited": ("已检查", "visited"),
    "submitted": ("已报送", "submitted"),
    "published": ("已公开", "published"),
}

RECUSAL_REASONS: Meanings = {
    "conflict-of-interest": ("存在利害关系", "has an interest there"),
    "leave": ("休假", "on leave"),
    "illness": ("患病", "ill"),
    "transfer": ("调动", "moved to another post"),
    "party-request-granted": ("当事人申请回避获准", "the enterprise asked for it, and it was granted"),
}

OUTCOMES: Meanings = {
    "no-problem": ("未发现问题", "nothing found wanting"),
    "corrected-on-site": ("当场改正", "put right during the visit"),
    "rectification-ordered": ("责令限期整改", "to be put right by a day set"),
    "penalty-filed": ("立案处罚", "a penalty case was opened"),
    "transferred": ("移送", "handed to another authority"),
    "not-found": ("查无此企业", "no such enterprise there"),
    "closed-down": ("已停业关闭", "no longer at work"),
}

ERASURES: Meanings = {
    "person-asked": ("本人要求", "the person asked for it"),
    "retention-ended": ("保存期满", "the time of keeping is over"),
    "entered-in-error": ("误录", "it was entered by mistake"),
}

TARGET_STATUSES: Meanings = {
    "open": ("存续", "at work"),
    "suspended": ("停业、歇业", "not at work for now"),
    "closed": ("注销、吊销、迁出", "deregistered, revoked or moved away"),
}

TARGET_RISKS: Meanings = {
    "red": ("重大风险", "grave"),
    "orange": ("较大风险", "high"),
    "yellow": ("一般风险", "ordinary"),
    "blue": ("低风险", "low"),
}

TARGET_SCALES: Meanings = {
    "large": ("大型", "a large firm"),
    "medium": ("中型", "a medium one"),
    "small": ("小型", "a small one"),
    "micro": ("微型", "a very small one"),
}

CONFLICT_REASONS: Meanings = {
    "kinship": ("近亲属关系", "close relatives"),
    "interest": ("利害关系", "an interest in the firm"),
    "former-employment": ("曾在该单位任职", "worked there before"),
    "party-request": ("当事人申请回避", "the firm asked for it"),
    "other": ("其他可能影响公正的关系", "anything else that could sway the officer"),
}

CLOSING_REASONS: Meanings = {
    "key-rotated": ("更换日志密钥", "the log's key is changed"),
    "key-compromised": ("日志密钥泄露", "the log's key may be in other hands"),
}

EVENTS: Meanings = {
    "log.founded/1": ("建立日志", "the log is founded"),
    "log.closed/1": ("关闭日志", "the log is closed, another goes on"),
    "policy.adopted/1": ("采用新政策", "a policy is adopted"),
    "key.enrolled/1": ("登记密钥", "a unit's key is enrolled"),
    "key.revoked/1": ("撤销密钥", "a unit's key is revoked"),
    "checkpoint.witnessed/1": ("记录见证人的联署", "the witnesses' word on the log is recorded"),
    "rows.listed/1": ("名单的一部分", "a part of a long list"),
    "openings.erased/1": ("删除封存的值", "sealed values are erased"),
    "targets.declared/1": ("申报检查对象分册", "a sub-roster of targets is declared"),
    "targets.approved/1": ("核定年度检查对象名录", "the year's target roster is approved"),
    "target.changed/1": ("变更检查对象", "an enterprise's row is changed"),
    "officers.declared/1": ("申报执法人员名单", "a unit's officers are declared"),
    "officers.approved/1": ("核定执法人员名录", "an officer roster is approved"),
    "officer.changed/1": ("变更执法人员", "an officer's row is changed"),
    "conflict.declared/1": ("申报回避关系", "a conflict of interest is declared"),
    "conflict.ended/1": ("解除回避关系", "a conflict of interest is ended"),
    "items.published/1": ("公布抽查事项清单", "the check-item list is published"),
    "plan.approved/1": ("批准年度计划", "the annual plan is approved"),
    "draw.opened/1": ("启用批次", "a slot is opened"),
    "draw.frozen/1": ("冻结批次", "a draw is frozen"),
    "seed.committed/1": ("封存种子份额", "a share of the seed is committed"),
    "dice.rolled/1": ("掷骰子", "dice are rolled as a share"),
    "seed.revealed/1": ("公开种子份额", "a share of the seed is revealed"),
    "seeds.closed/1": ("份额截止", "the shares are closed"),
    "seeds.witnessed/1": ("份额截止已见证", "the closing of the shares is witnessed"),
    "randomness.recorded/1": ("录入随机数", "the public randomness is recorded"),
    "draw.executed/1": ("产生抽取结果", "the draw's outcome is recorded"),
    "draw.attested/1": ("复核抽取结果", "the outcome is attested by the supervisor"),
    "draw.voided/1": ("批次作废", "a draw is voided"),
    "case.assigned/1": ("分派案件", "a case is assigned"),
    "officer.recused/1": ("执法人员回避", "an officer is recused"),
    "recusal.witnessed/1": ("回避已见证", "a recusal is witnessed"),
    "officer.replaced/1": ("替换执法人员", "an officer is replaced"),
    "visit.recorded/1": ("记录检查", "a visit is recorded"),
    "result.submitted/1": ("报送检查结果", "a result is submitted"),
    "result.published/1": ("公开检查结果", "a result is published"),
}

_SHIPPED = Policy.model_validate(read_default_policy())

BASES: Meanings = {id: (names.zh, names.en) for id, names in _SHIPPED.bases.items()}
"""The legal bases of the shipped policy; another policy may have others."""

SUB_ROSTERS: Meanings = {id: (sub.names.zh, sub.names.en) for id, sub in _SHIPPED.sub_rosters.items()}
"""The sub-rosters of the shipped policy."""


def name(meanings: Meanings, id: str) -> str:
    """Return what an id means, in the reader's language."""
    return tr(*meanings[id])


def list_meanings(meanings: Meanings) -> str:
    """Return every id with its meaning, in the reader's language, for the help of an option."""
    return tr(
        "、".join(f"{id}（{zh}）" for id, (zh, _) in meanings.items()),
        ", ".join(f"{id} ({en})" for id, (_, en) in meanings.items()),
    )


def look_up(words: Mapping[str, str], text: str, what: str) -> str:
    """Return the id of a word that an office may use for it. Raises Refused with the ids that there are."""
    found = words.get(normalise_word(text))
    if found is None:
        raise Refused(f"{what}: found {text!r}, expected {', '.join(dict.fromkeys(words.values()))}")
    return found


def name_unit(policy: Policy, unit: str) -> str:
    """Return a unit's name under a policy, or an office's; the id itself where the policy has no such unit."""
    if unit == BUREAU:
        return tr("区局", "the bureau")
    names = policy.units[unit].names if unit in policy.units else None
    return tr(names.zh, names.en) if names else unit


def join(words: list[str]) -> str:
    """Return words as a list, in the reader's language."""
    return tr("、".join(words), ", ".join(words))

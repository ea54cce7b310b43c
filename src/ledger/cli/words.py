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

URGINGS: Meanings = {
    "not-received": ("尚未受领", "the task is not received"),
    "visit-due": ("尚未检查", "the visit is due"),
    "result-due": ("尚未报送结果", "the result is due"),
}

LATE_SCANS: Meanings = {
    "network": ("网络故障", "the network was down"),
    "emergency": ("紧急情况", "an emergency"),
}

VISIT_MODES: Meanings = {
    "on-site": ("现场检查", "on site"),
    "off-site": ("非现场检查", "not on site, by data"),
}

PARTY_SIGNATURES: Meanings = {
    "signed": ("当事人已签字", "the party signed"),
    "refused": ("拒绝签字", "the party refused to sign"),
    "absent": ("当事人不在场", "the party was not there"),
}

AUTHORITIES: Meanings = {
    "public-security": ("公安机关", "public security"),
    "fire-rescue": ("消防救援机构", "fire and rescue"),
    "market-regulation": ("市场监管部门", "market regulation"),
    "ecology": ("生态环境部门", "ecology and environment"),
    "housing": ("住房建设部门", "housing and construction"),
    "transport": ("交通运输部门", "transport"),
    "health": ("卫生健康部门", "health"),
    "discipline": ("纪检监察机关", "discipline inspection"),
    "superior": ("上级机关", "a superior authority"),
    "other": ("其他机关", "another authority"),
}

PENALTIES: Meanings = {
    "warning": ("警告", "a warning"),
    "fine": ("罚款", "a fine"),
    "confiscation": ("没收", "confiscation"),
    "suspension": ("责令停产停业", "suspension of work"),
    "licence-revoked": ("吊销许可", "a licence revoked"),
    "other": ("其他", "another penalty"),
}

CLOSINGS: Meanings = {
    "no-problem": ("未发现问题", "nothing found wanting"),
    "corrected-on-site": ("当场改正", "put right during the visit"),
    "rectified": ("整改完成", "put right, and looked at again"),
    "penalised": ("已处罚", "a penalty was decided"),
    "transferred": ("已移送", "handed to another authority"),
    "not-found": ("查无此企业", "no such enterprise there"),
    "closed-down": ("已停业关闭", "no longer at work"),
}

PUBLISHED_KINDS: Meanings = {
    "result": ("检查结果", "the result"),
    "penalty": ("处罚决定", "the penalty"),
}

WITHDRAWALS: Meanings = {
    "revoked": ("决定被撤销", "the decision was revoked"),
    "changed": ("决定被变更", "the decision was changed"),
    "entered-in-error": ("误录", "it was entered by mistake"),
    "personal-data": ("涉及个人信息", "it held personal data"),
}

INSPECTION_KINDS: Meanings = {
    "planned": ("计划内检查", "planned, by a line of the plan"),
    "case-based": ("个案检查", "because of one case, such as a complaint"),
    "special": ("专项检查", "special"),
    "covert": ("暗访暗查", "covert"),
    "campaign": ("大检查", "part of a campaign"),
}

CANCELLATIONS: Meanings = {
    "officer-recused": ("人员回避", "an officer is recused"),
    "officer-absent": ("人员不能到场", "an officer cannot come"),
    "no-longer-needed": ("不再需要", "it is no longer needed"),
    "entered-in-error": ("误录", "it was entered by mistake"),
}

CARRIERS: Meanings = {
    "platform": ("行政执法信息系统", "the enforcement system"),
    "portal": ("门户网站", "the portal"),
    "wechat": ("微信公众号", "WeChat"),
    "credit-platform": ("信用平台", "the credit platform"),
}

NOTICE_GROUNDS: Meanings = {
    "not-received": ("未受领", "a task was not received"),
    "visit-overdue": ("逾期未检查", "a visit is overdue"),
    "result-overdue": ("逾期未报送结果", "a result is overdue"),
    "publication-overdue": ("逾期未公开", "a publication is overdue"),
    "outcome-overdue": ("抽取结果逾期", "the outcome of a draw is overdue"),
    "draw-repeated": ("重复抽取或作废", "a draw was voided or drawn anew"),
    "recusals": ("回避异常", "recusals that stand out"),
    "other": ("其他", "something else"),
}

NOTICE_OUTCOMES: Meanings = {
    "accepted": ("整改到位", "the answer is accepted"),
    "escalated": ("提请处理", "taken further"),
}

COMPLAINT_CHANNELS: Meanings = {
    "web": ("网站", "the web site"),
    "phone": ("电话", "telephone"),
    "letter": ("来信", "a letter"),
    "visit": ("来访", "in person"),
    "other-authority": ("其他机关转来", "passed on by another authority"),
}

COMPLAINT_KINDS: Meanings = {
    "selective-enforcement": ("选择性执法", "selective enforcement"),
    "unfair-draw": ("抽取不公", "an unfair draw"),
    "officer-conduct": ("执法人员行为", "an officer's conduct"),
    "hazard": ("安全隐患", "a hazard"),
    "publication-error": ("公开内容有误", "an error in what was published"),
    "other": ("其他", "something else"),
}

COMPLAINT_REFUSALS: Meanings = {
    "not-competent": ("不属本机关职责", "not for this bureau"),
    "repeated": ("重复举报", "answered before"),
    "in-court": ("已进入诉讼或复议", "before a court or in review"),
    "too-vague": ("内容不清，无法核查", "too vague to look into"),
    "withdrawn": ("举报人撤回", "taken back by the complainant"),
}

COMPLAINT_OUTCOMES: Meanings = {
    "founded": ("属实", "founded"),
    "partly-founded": ("部分属实", "partly founded"),
    "unfounded": ("不属实", "unfounded"),
}

COMPLAINT_STATES: Meanings = {
    "received": ("已收到", "received"),
    "accepted": ("已受理", "taken up"),
    "passed": ("已转办", "passed on"),
    "declined": ("不予受理", "not taken up"),
    "answered": ("已答复", "answered"),
}

DUES: Meanings = {
    "receipt": ("受领", "the task is to be received"),
    "visit": ("检查", "the visit"),
    "result": ("报送结果", "the result is to be handed in"),
    "publication": ("公开结果", "the result is to be published"),
    "penalty-publication": ("公开处罚", "the penalty is to be published"),
    "rectification": ("复查", "what was ordered is to be looked at again"),
    "outcome": ("抽取结果", "the outcome of a draw"),
    "complaint-decision": ("举报受理", "a complaint is to be taken up or not"),
    "complaint-answer": ("举报答复", "a complaint is to be answered"),
    "notice-answer": ("通知答复", "a notice is to be answered"),
    "filing": ("街道备案", "a street's own plan is to be filed"),
}

FIGURE_NAMES: Meanings = {
    "draws_opened": ("启用批次", "slots opened"),
    "draws_late": ("迟于月初的月度批次", "monthly slots opened late"),
    "draws_executed": ("完成抽取", "draws executed"),
    "draws_supplementary": ("补抽批次", "supplementary slots"),
    "draws_voided": ("作废批次", "slots voided"),
    "shares_withheld": ("未公开的种子份额", "shares withheld"),
    "drawn": ("抽中企业", "enterprises drawn"),
    "shortfall": ("抽取缺额", "shortfall"),
    "assigned": ("分派案件", "cases assigned"),
    "approved_outside": ("抽取以外批准的检查", "inspections approved outside draws"),
    "visited": ("完成检查", "visits"),
    "visited_from_draw": ("其中由抽取产生", "of which from a draw"),
    "problems": ("发现问题的检查", "visits that found a problem"),
    "submitted": ("报送结果", "results handed in"),
    "published": ("公开结果", "results published"),
    "published_late": ("其中逾期公开", "of which late"),
    "corrected": ("更正结果", "results corrected"),
    "withdrawn": ("撤回公开", "publications withdrawn"),
    "recusals": ("回避", "recusals"),
    "penalties": ("处罚决定", "penalties decided"),
    "closed": ("结案", "cases closed"),
    "complaints": ("收到举报", "complaints received"),
    "complaints_answered": ("答复举报", "complaints answered"),
    "notices": ("监督通知", "supervision notices"),
    "trained": ("参加培训人次", "officers trained"),
    "overdue": ("期末逾期事项", "overdue at its end"),
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

"""What ids mean, in both languages: what a reader is shown in the place of an id or beside it, and may type instead.

The ids are those of the events (docs/spec/events.md) and of `--json`; a test holds each table against its type.
"""

import re
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
    "revealed": ("已公开份额", "revealed"),
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

INSPECTION_STATES: Meanings = {
    "approved": ("已批准", "approved"),
    "visited": ("已检查", "visited"),
    "submitted": ("已报送", "submitted"),
    "published": ("已公开", "published"),
    "closed": ("已结案", "closed"),
    "cancelled": ("已取消", "cancelled"),
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

OPINION_KINDS: Meanings = {
    "opinion": ("监督意见", "an opinion"),
    "decision": ("监督决定", "a decision that binds"),
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
    "withdrawal": ("撤回已变更的结果", "a result changed since is to be withdrawn"),
    "rectification": ("复查", "what was ordered is to be looked at again"),
    "outcome": ("抽取结果", "the outcome of a draw"),
    "attestation": ("复核抽取结果", "the supervisor's own recomputation of a draw"),
    "assignment": ("分派案件", "cases of a draw that were not assigned"),
    "opening": ("启用月度批次", "the month's draw is to be opened, or was opened late"),
    "reveal": ("公开封存抽取的份额", "shares of a sealed draw that were not revealed"),
    "complaint-decision": ("举报受理", "a complaint is to be taken up or not"),
    "complaint-answer": ("举报答复", "a complaint is to be answered"),
    "notice-answer": ("通知答复", "a notice is to be answered"),
    "opinion-answer": ("监督意见答复", "an overseer's opinion is to be answered"),
    "filing": ("街道备案", "a street's own plan is to be filed"),
    "certificate": ("执法证件到期", "an officer's certificate runs out"),
    "roster-declaration": ("申报执法人员名录", "a year's officers are to be declared"),
    "roster": ("核定年度名录", "a year's roster is to be approved"),
}

REGISTRIES: Meanings = {
    "targets": ("检查对象名录库", "enterprises"),
    "officers": ("执法人员名录库", "officers"),
    "items": ("抽查事项清单", "check items"),
    "keys": ("各单位密钥", "the units' keys"),
    "units": ("各单位及职责", "units and their duties"),
}

ROLES: Meanings = {
    "organiser": ("组织", "organises"),
    "supervisor": ("监督", "supervises"),
    "leader": ("领导", "leads"),
    "owner": ("负责分册", "keeps"),
    "host": ("主办", "hosts"),
    "witness": ("见证", "witnesses"),
}

KEY_STATES: Meanings = {
    "in-force": ("有效", "in force"),
    "waiting": ("待生效", "still to wait"),
    "revoked": ("已撤销", "revoked"),
}

DISCLOSURES: Meanings = {
    "items": ("公布事项清单", "the check-item list is public"),
    "plan": ("公布年度计划", "the annual plan is public"),
    "drawn": ("公布抽取结果", "a draw's outcome is public"),
    "void": ("作废", "a draw is void"),
    "redraw": ("补抽", "a supplementary draw"),
    "result": ("公开结果", "a result is public"),
    "correction": ("更正结果", "a result is corrected"),
    "penalty": ("公开处罚", "a penalty is public"),
    "withdrawal": ("撤回公开", "a publication is withdrawn"),
}

FIGURE_NAMES: Meanings = {
    "rosters_approved": ("核定名录", "rosters approved"),
    "rosters_late": ("其中逾期核定", "of which late"),
    "draws_opened": ("启用批次", "slots opened"),
    "draws_late": ("迟于月初的月度批次", "monthly slots opened late"),
    "draws_executed": ("完成抽取", "draws executed"),
    "draws_supplementary": ("补抽批次", "supplementary slots"),
    "draws_sealed": ("其中封存抽取", "of them sealed"),
    "draws_revealed": ("公开份额的封存抽取", "sealed draws revealed"),
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

ROSTER_FINDINGS: Meanings = {
    "overlap": ("二级库重叠", "in several sub-rosters"),
    "key-missing": ("缺少重点单位", "a key enterprise is missing"),
    "licence-expired": ("许可证过期", "a licence has expired"),
    "list-ended": ("名单期满", "a term on a list is over"),
    "certificate-expires": ("执法证年内到期", "a certificate expires within the year"),
    "qualification-lacking": ("缺少专业资质", "a qualification that a sub-roster asks for is lacking"),
}

ROSTER_STATES: Meanings = {
    "approved": ("已核定", "approved"),
    "declared": ("已申报", "declared"),
    "none": ("未申报", "not declared"),
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
    "encryption.enrolled/1": ("登记加密公钥", "a unit's encryption key is enrolled"),
    "checkpoint.witnessed/1": ("记录见证人的联署", "the witnesses' word on the log is recorded"),
    "rows.listed/1": ("名单的一部分", "a part of a long list"),
    "openings.read/1": ("记录查看封存的值", "a unit reads sealed values"),
    "openings.erased/1": ("删除封存的值", "sealed values are erased"),
    "targets.declared/1": ("申报检查对象分册", "a sub-roster of targets is declared"),
    "keylist.declared/1": ("申报重点单位名单", "a list of key enterprises is declared"),
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
    "share.checked/1": ("核对封存的份额", "a sealed share is opened and checked"),
    "dice.rolled/1": ("掷骰子", "dice are rolled as a share"),
    "seed.revealed/1": ("公开种子份额", "a share of the seed is revealed"),
    "seeds.closed/1": ("份额截止", "the shares are closed"),
    "seeds.witnessed/1": ("份额截止已见证", "the closing of the shares is witnessed"),
    "randomness.recorded/1": ("录入随机数", "the public randomness is recorded"),
    "draw.executed/1": ("产生抽取结果", "the draw's outcome is recorded"),
    "draw.attested/1": ("复核抽取结果", "the outcome is attested by the supervisor"),
    "draw.revealed/1": ("公开封存抽取的份额", "the shares of a sealed draw are revealed"),
    "read.recorded/1": ("记录查看未公开的内容", "somebody reads what is sealed"),
    "draw.voided/1": ("批次作废", "a draw is voided"),
    "case.assigned/1": ("分派案件", "a case is assigned"),
    "case.disclosed/1": ("公开任务单", "the sheet of a sealed case is disclosed"),
    "officer.recused/1": ("执法人员回避", "an officer is recused"),
    "recusal.witnessed/1": ("回避已见证", "a recusal is witnessed"),
    "officer.replaced/1": ("替换执法人员", "an officer is replaced"),
    "visit.recorded/1": ("记录检查", "a visit is recorded"),
    "result.submitted/1": ("报送检查结果", "a result is submitted"),
    "result.published/1": ("公开检查结果", "a result is published"),
    "calendar.published/1": ("公布工作日历", "a year's working days are published"),
    "case.received/1": ("受领任务", "a task is received"),
    "case.urged/1": ("督办", "an officer is urged"),
    "visit.scanned/1": ("扫码入企", "a supervision code is scanned"),
    "rectification.ordered/1": ("责令限期整改", "problems are to be put right by a day"),
    "case.reinspected/1": ("复查", "what was ordered is looked at again"),
    "case.transferred/1": ("移送", "a matter goes to another authority"),
    "penalty.decided/1": ("处罚决定", "a penalty is decided"),
    "case.closed/1": ("结案", "a case ends"),
    "result.corrected/1": ("更正检查结果", "a result is corrected"),
    "penalty.published/1": ("公开处罚决定", "a penalty is published"),
    "publication.withdrawn/1": ("撤回公开", "a publication is withdrawn"),
    "inspection.approved/1": ("批准抽取以外的检查", "an inspection outside draws is approved"),
    "inspection.cancelled/1": ("取消抽取以外的检查", "an inspection outside draws is cancelled"),
    "notice.issued/1": ("发出监督通知", "a supervision notice is issued"),
    "notice.answered/1": ("答复监督通知", "a supervision notice is answered"),
    "notice.settled/1": ("了结监督通知", "a supervision notice is settled"),
    "opinion.given/1": ("给出监督意见", "an overseer gives an opinion"),
    "opinion.answered/1": ("答复监督意见", "an overseer's opinion is answered"),
    "bulletin.issued/1": ("发布内部通报", "an internal bulletin is issued"),
    "complaint.received/1": ("收到举报", "a complaint is received"),
    "complaint.accepted/1": ("受理举报", "a complaint is taken up"),
    "complaint.passed/1": ("转办举报", "a complaint is passed on"),
    "complaint.declined/1": ("不予受理举报", "a complaint is not taken up"),
    "complaint.answered/1": ("答复举报", "a complaint is answered"),
    "filing.made/1": ("街道备案", "a street files its plan"),
    "filing.acknowledged/1": ("收到街道备案", "a street's filing is acknowledged"),
    "training.held/1": ("业务培训", "a training is recorded"),
    "suggestion.made/1": ("提出改进意见", "a suggestion is made"),
    "suggestion.answered/1": ("答复改进意见", "a suggestion is answered"),
}

_SHIPPED = Policy.model_validate(read_default_policy())

BASES: Meanings = {id: (names.zh, names.en) for id, names in _SHIPPED.bases.items()}
"""The legal bases of the shipped policy; another policy may have others."""

SUB_ROSTERS: Meanings = {id: (sub.names.zh, sub.names.en) for id, sub in _SHIPPED.sub_rosters.items()}
"""The sub-rosters of the shipped policy."""

KEY_LISTS: Meanings = {id: (one.names.zh, one.names.en) for id, one in _SHIPPED.key_lists.items()}
"""The lists of key enterprises of the shipped policy."""


_TYPE = re.compile(r"[a-z]+\.[a-z]+/[0-9]+")


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


def read_meaning(meanings: Meanings, text: str, what: str) -> str:
    """Return an id, typed as it is or as what it means in either language. Raises Refused with all that there are."""
    words = {normalise_word(word): id for id, meaning in meanings.items() for word in (id, *meaning)}
    found = words.get(normalise_word(text))
    if found is None:
        raise Refused(f"{what}: found {text!r}, expected {list_meanings(meanings)}")
    return found


def tell_types(message: str) -> str:
    """Return a refusal in Chinese with the word of each event type that it names beside the type."""
    return _TYPE.sub(lambda one: f"{EVENTS[one[0]][0]}（{one[0]}）" if one[0] in EVENTS else one[0], message)


def find_unit(policy: Policy, text: str) -> str:
    """Return the unit or agency of an id or a name. Raises Refused if the policy has none such."""
    named = [(unit, one.names) for unit, one in policy.units.items()] + [*policy.agencies.items()]
    words = {normalise_word(word): id for id, names in named for word in (id, names.zh, names.en)}
    found = words.get(normalise_word(text))
    if found is None:
        raise Refused(f"unknown unit {text}; see `registry units`")
    return found


def name_unit(policy: Policy, unit: str) -> str:
    """Return a unit's name under a policy, or an office's or agency's; the id itself where the policy has none such."""
    if unit == BUREAU:
        return tr("区局", "the bureau")
    names = policy.units[unit].names if unit in policy.units else policy.agencies.get(unit)
    return tr(names.zh, names.en) if names else unit


def join(words: list[str]) -> str:
    """Return words as a list, in the reader's language."""
    return tr("、".join(words), ", ".join(words))

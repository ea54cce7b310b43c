// The body of every event type. Mirrors src/ledger/office/events/; docs/spec/events.md, section 6, lists the same.

import {
  anyObject,
  ascending,
  boolean,
  code,
  count,
  day,
  fieldName,
  fields,
  hex64,
  id,
  ids,
  integer,
  listRef,
  many,
  noteText,
  oneOf,
  optional,
  sealed,
  string,
  table,
  text,
  time,
  year,
} from './body.js';
import { policy } from './policy.js';
import { kind, officer, planLine, target } from './rows.js';

const days = ascending(many(day));
const declared = fields({ of: id, list: listRef });
const drawnBy = oneOf('drand', 'local', 'lottery');
const result = fields({
  kind: drawnBy,
  name: text,
  round: optional(integer(1)),
  signature: optional(string(undefined, { max: 200 })),
  issue: optional(string(undefined, { max: 20 })),
  digits: optional(string(undefined, { max: 100 })),
});
const issue = optional(string(/^[0-9]{1,20}$/));
const checkedItem = fields({ id, finding: oneOf('conforms', 'problem', 'not-applicable') });
const itemReasons = optional(many(fields({ id, reason: text }), { min: 1 }));
const authority = oneOf(
  'public-security',
  'fire-rescue',
  'market-regulation',
  'ecology',
  'housing',
  'transport',
  'health',
  'discipline',
  'superior',
  'other',
);
const outcome = oneOf(
  'no-problem',
  'corrected-on-site',
  'rectification-ordered',
  'penalty-filed',
  'transferred',
  'not-found',
  'closed-down',
);
const carriers = many(oneOf('platform', 'portal', 'wechat', 'credit-platform'), { min: 1 });

const ownTask = fields({ id, unit: id, title: text, count: integer(1), weights: many(count, { min: 12, max: 12 }) });

const encrypted = fields({ to: id, ciphertext: string(/^[A-Za-z0-9+/]{149}[AQgw]==$/) });
/** The 64 bytes of an Ed25519 signature, in base64. */
const SIGNATURE = /^[A-Za-z0-9+/]{85}[AQgw]==$/;
const caseNumber = string(/^[0-9]{4,6}$/);

/** Event type -> the form of its body. @type {Record<string, import('./body.js').Kind>} */
export const BODIES = {
  // The log itself: its founding, its policy, its keys, the words of its witnesses.
  'log.founded/1': fields({
    origin: text,
    log: text,
    keys: table(id, text),
    policy,
    continues: optional(fields({ vkey: text, checkpoint: noteText })),
  }),
  'log.closed/1': fields({ successor: text, reason: oneOf('key-rotated', 'key-compromised') }),
  'policy.adopted/1': fields({ policy }),
  'key.enrolled/1': fields({ vkey: text }),
  'key.revoked/1': fields({ vkey: text, reason: text }),
  'encryption.enrolled/1': fields({ public: hex64 }),
  'checkpoint.witnessed/1': fields({ checkpoint: noteText }),
  'rows.listed/1': fields({ rows: many(anyObject) }),
  'openings.read/1': fields({
    of: id,
    count,
    request: optional(fields({ base: string(undefined, { min: 1, max: 4_000 }), signature: string(SIGNATURE) })),
  }),
  'openings.erased/1': fields({
    digests: many(hex64, { min: 1 }),
    reason: oneOf('person-asked', 'retention-ended', 'entered-in-error'),
  }),
  'calendar.published/1': fields({ year, basis: text, closed: days, worked: days }),

  // Rosters, items and plans.
  'targets.declared/1': fields({ year, sub_roster: id, list: listRef, private: optional(listRef) }),
  'targets.approved/1': fields({ year, declarations: many(declared), total: count }),
  'target.changed/1': fields({ year, target, reason: text }),
  'officers.declared/1': fields({ year, roster: id, list: listRef, private: optional(listRef) }),
  'officers.approved/1': fields({
    year,
    roster: id,
    declarations: many(declared),
    certified_in_post: count,
    enrolled: count,
  }),
  'officer.changed/1': fields({ year, roster: id, officer, reason: text }),
  'conflict.declared/1': fields({
    officer: id,
    code,
    reason: oneOf('kinship', 'interest', 'former-employment', 'party-request', 'other'),
  }),
  'conflict.ended/1': fields({ officer: id, code }),
  'items.published/1': fields({ edition: text, list: listRef, changes: optional(text) }),
  'keylist.declared/1': fields({ year, key_list: id, list: listRef }),
  'plan.approved/1': fields({
    office: id,
    year,
    lines: many(planLine, { min: 1 }),
    budget: optional(fields({ officers: integer(1), working_days: integer(1, 366), other_days: count })),
    own_tasks: optional(many(ownTask, { min: 1 })),
  }),

  // The stations of a draw.
  'draw.opened/1': fields({
    line: id,
    kind,
    mode: oneOf('open', 'sealed'),
    basis: id,
    supplements: optional(id),
    lead: optional(id),
    participants: optional(ids),
  }),
  'draw.frozen/1': fields({
    size: count,
    pool: fields({ root: hex64, count, eligible: count, excluded: table(id, count) }),
    officers: fields({ root: hex64, count, eligible: count }),
    items: listRef,
    conflicts: listRef,
    strata: many(fields({ id, eligible: count, quota: count, directed: boolean })),
    crew: many(text),
    items_per_case: count,
    recent: fields({ listed: count, cooling_off: count }),
    draw_at: time,
    sources: many(fields({ kind: drawnBy, name: text, round: optional(integer(1)), issue }), { min: 1 }),
  }),
  'seed.committed/1': fields({ commitment: hex64, encrypted: optional(many(encrypted, { min: 3, max: 3 })) }),
  'share.checked/1': fields({ share_of: id }),
  'dice.rolled/1': fields({ digits: string(/^[0-9]{20,200}$/), video: hex64 }),
  'seed.revealed/1': fields({ share: hex64 }),
  'seeds.closed/1': fields({ shares: many(text), missing: many(text) }),
  'seeds.witnessed/1': fields({ checkpoint: noteText }),
  'randomness.recorded/1': fields({ results: many(result, { min: 1 }) }),
  'draw.executed/1': fields({
    seed: optional(hex64),
    strata: many(fields({ id, drawn: count, shortfall: count, largest_ticket: optional(hex64) })),
    caps: optional(many(fields({ role: integer(1), roster: text, cap: integer(1) }))),
    outcome: listRef,
  }),
  'draw.attested/1': fields({ outcome: listRef }),
  'draw.revealed/1': fields({ shares: table(id, hex64) }),
  'read.recorded/1': fields({ what: oneOf('shares', 'sheet') }),
  'draw.voided/1': fields({
    reason: oneOf(
      'too-few-shares',
      'unwitnessed',
      'ground-in-error',
      'procedure-in-error',
      'lottery-cancelled',
      'superior-order',
    ),
  }),

  // One inspection.
  'case.assigned/1': fields({
    code: optional(code),
    officers: optional(many(id)),
    leaf: optional(hex64),
    path: optional(many(hex64)),
  }),
  'case.disclosed/1': fields({
    sheet: fields({
      case: caseNumber,
      deadline: day,
      host: id,
      id: code,
      items: many(id),
      officers: many(id),
      salt: string(/^[0-9a-f]{32}$/),
      stratum: id,
      street: optional(id),
      ticket: hex64,
    }),
  }),
  'officer.recused/1': fields({
    officer: id,
    reason: oneOf('conflict-of-interest', 'leave', 'illness', 'transfer', 'party-request-granted'),
    draw_at: time,
    issue,
  }),
  'recusal.witnessed/1': fields({ checkpoint: noteText }),
  'officer.replaced/1': fields({ recused: id, officer: id, result }),
  'case.received/1': fields({ officer: id }),
  'case.urged/1': fields({ officer: id, reason: oneOf('not-received', 'visit-due', 'result-due') }),
  'visit.scanned/1': fields({
    scanned: time,
    reference: string(/^[A-Za-z0-9-]{1,64}$/),
    late: optional(oneOf('network', 'emergency')),
  }),
  'visit.recorded/1': fields({
    visited: day,
    began: time,
    ended: time,
    mode: oneOf('on-site', 'off-site'),
    officers: many(id),
    items: many(checkedItem),
    added: itemReasons,
    dropped: itemReasons,
    party: oneOf('signed', 'refused', 'absent'),
    party_reason: optional(text),
    record: optional(sealed),
  }),
  'rectification.ordered/1': fields({ items: ids, due: day }),
  'case.reinspected/1': fields({ visited: day, officers: many(id), items: many(checkedItem) }),
  'case.transferred/1': fields({ to: authority, reason: text }),
  'penalty.decided/1': fields({
    number: string(/^[^\x00-\x1f\x7f]*$/, { min: 1, max: 100 }),
    kind: oneOf('warning', 'fine', 'confiscation', 'suspension', 'licence-revoked', 'other'),
    decided: day,
  }),
  'case.closed/1': fields({
    outcome: oneOf(
      'no-problem',
      'corrected-on-site',
      'rectified',
      'penalised',
      'transferred',
      'not-found',
      'closed-down',
    ),
  }),
  'result.submitted/1': fields({ result: outcome, summary: text }),
  'result.published/1': fields({ result: outcome, summary: text, carriers }),
  'result.corrected/1': fields({ result: outcome, summary: text, reason: text }),
  'penalty.published/1': fields({ carriers }),
  'publication.withdrawn/1': fields({
    of: oneOf('result', 'penalty'),
    reason: oneOf('revoked', 'changed', 'entered-in-error', 'personal-data'),
    decided: day,
  }),
  'inspection.approved/1': fields({
    kind: oneOf('planned', 'case-based', 'special', 'covert', 'campaign'),
    code,
    officers: ascending(many(id, { min: 2 })),
    items: ids,
    basis: id,
    reason: text,
    line: optional(id),
    complaint: optional(string(/^[0-9]{4}\/[0-9]{4}$/)),
  }),
  'inspection.cancelled/1': fields({
    reason: oneOf('officer-recused', 'officer-absent', 'no-longer-needed', 'entered-in-error'),
  }),

  // The supervisor's work, what units report, complaints.
  'notice.issued/1': fields({
    to: id,
    about: many(id, { min: 1, max: 200 }),
    grounds: oneOf(
      'not-received',
      'visit-overdue',
      'result-overdue',
      'publication-overdue',
      'outcome-overdue',
      'draw-repeated',
      'recusals',
      'other',
    ),
    demand: text,
  }),
  'notice.answered/1': fields({ answer: text }),
  'notice.settled/1': fields({ outcome: oneOf('accepted', 'escalated') }),
  'bulletin.issued/1': fields({ first: day, last: day, figures: table(fieldName, count), document: hex64 }),
  'filing.made/1': fields({ title: text, document: hex64 }),
  'filing.acknowledged/1': fields({ document: hex64 }),
  'training.held/1': fields({ held: day, title: text, hours: integer(1, 1000), attended: ids }),
  'suggestion.made/1': fields({ text }),
  'suggestion.answered/1': fields({ answer: text }),
  'complaint.received/1': fields({
    channel: oneOf('web', 'phone', 'letter', 'visit', 'other-authority'),
    kind: oneOf('selective-enforcement', 'unfair-draw', 'officer-conduct', 'hazard', 'publication-error', 'other'),
    of: optional(id),
    content: sealed,
    complainant: optional(sealed),
  }),
  'opinion.given/1': fields({
    to: id,
    about: many(id, { min: 1, max: 200 }),
    kind: oneOf('opinion', 'decision'),
    text,
  }),
  'opinion.answered/1': fields({ answer: text }),
  'complaint.accepted/1': fields({}),
  'complaint.passed/1': fields({ to: authority }),
  'complaint.declined/1': fields({ reason: oneOf('not-competent', 'repeated', 'in-court', 'too-vague', 'withdrawn') }),
  'complaint.answered/1': fields({
    outcome: oneOf('founded', 'partly-founded', 'unfounded'),
    answer: sealed,
    summary: optional(text),
  }),
};

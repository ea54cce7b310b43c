// The supervisor's work, what units report, and complaints: none of it changes a draw.
//
// Mirrors src/ledger/office/supervision.py, opinions.py and complaints.py.

import { BUREAU } from '../proof/draw.js';
import { deriveDay } from '../proof/encoding.js';
import { SERVICE } from './policy.js';
import { checkSame, OFFICE, pad, refuseUnless, rule, slotOf, YEAR } from './rule.js';

/**
 * @typedef {import('./record.js').Record} Record
 * @typedef {import('./rule.js').Event} Event
 * @typedef {import('./rule.js').Subject} Subject
 * @typedef {{ to: string, answered: boolean, settled: boolean }} Notice
 * @typedef {{ of?: string, decided?: string, answered: boolean }} Complaint
 */

const NUMBER = '(?<number>[0-9]{4})';
const NOTICE = `notice/${YEAR}/${NUMBER}`;
const SUGGESTION = `suggestion/${YEAR}/${NUMBER}`;
const FILING = `filing/(?<office>street/[a-z0-9-]+)/${YEAR}`;
const OPINION = `opinion/${YEAR}/${NUMBER}`;
const COMPLAINT = `complaint/${YEAR}/${NUMBER}`;

/** All of it by subject; `numbered` counts the subjects of a series, so that none is left out. */
export class Supervision {
  /** @type {Map<string, Notice>} */
  notices = new Map();
  /** @type {Map<string, { answered: boolean }>} */
  suggestions = new Map();
  /** @type {Map<string, { document: string, acknowledged: boolean }>} */
  filings = new Map();
  /** @type {Map<string, { to: string, answered: boolean }>} */
  opinions = new Map();
  /** @type {Map<string, number>} */
  numbered = new Map();
}

/**
 * Check that a subject has the next number of its series and the year of its event; return the counting.
 * @param {Record} record
 * @param {Event} event
 * @param {Subject} subject
 */
function checkNumber(record, event, subject) {
  const series = event.subject.slice(0, event.subject.lastIndexOf('/'));
  const number = (record.supervision.numbered.get(series) ?? 0) + 1;
  refuseUnless(Number(subject.number) === number, event, `the next number is ${pad(number, 4)}`);
  refuseUnless(deriveDay(event.at).slice(0, 4) === subject.year, event, `numbered ${subject.year}, made another year`);
  return () => record.supervision.numbered.set(series, number);
}

/**
 * Return who watches over a unit: the bureau's supervisor, or its leader where it is the supervisor's own (Q8).
 * @param {Record} record
 * @param {Event} event
 * @param {string | undefined} of
 */
function findWatcher(record, event, of) {
  const office = record.policyAt(event.at).offices.get(BUREAU);
  refuseUnless(office, event, 'the policy has no bureau');
  return of === office.supervisor ? office.leader : office.supervisor;
}

/** Check that subjects stand in the record. @param {Record} record @param {Event} event @param {string[]} about */
function checkAbout(record, event, about) {
  const unknown = about.filter((one) => !record.heads.has(one));
  refuseUnless(!unknown.length, event, `${unknown.join(', ')} does not stand in the record`);
}

/** @param {Record} record @param {Event} event @returns {Notice} */
function findNotice(record, event) {
  const notice = record.supervision.notices.get(event.subject);
  refuseUnless(notice, event, 'no such notice was issued');
  return notice;
}

rule(
  'notice.issued/1',
  NOTICE,
  { slots: (record, event, body) => [slotOf(findWatcher(record, event, body.to))] },
  (record, event, body, subject) => {
    refuseUnless(record.policyAt(event.at).units.has(body.to), event, `${body.to} is not a unit of the policy`);
    checkAbout(record, event, body.about);
    const count = checkNumber(record, event, subject);
    return () => {
      count();
      record.supervision.notices.set(event.subject, { to: body.to, answered: false, settled: false });
    };
  },
);

rule(
  'notice.answered/1',
  NOTICE,
  { slots: (record, event) => [slotOf(findNotice(record, event).to)] },
  (record, event) => {
    const notice = findNotice(record, event);
    refuseUnless(!notice.answered, event, 'it is answered already');
    return () => {
      notice.answered = true;
    };
  },
);

rule(
  'notice.settled/1',
  NOTICE,
  { slots: (record, event) => [slotOf(findWatcher(record, event, findNotice(record, event).to))] },
  (record, event, body) => {
    const notice = findNotice(record, event);
    refuseUnless(!notice.settled, event, 'it is settled already');
    refuseUnless(notice.answered || body.outcome === 'escalated', event, 'there is no answer to accept');
    return () => {
      notice.settled = true;
    };
  },
);

rule('bulletin.issued/1', `bulletin/${YEAR}/${NUMBER}`, {}, (record, event, body, subject) => {
  refuseUnless(body.first <= body.last, event, `from ${body.first} to ${body.last}`);
  refuseUnless(body.last <= deriveDay(event.at), event, `up to ${body.last}, which is yet to come`);
  return checkNumber(record, event, subject);
});

rule('filing.made/1', FILING, {}, (record, event, body, subject) => {
  refuseUnless(
    record.policyAt(event.at).offices.has(subject.office),
    event,
    `${subject.office} is not an office of the policy`,
  );
  return () => record.supervision.filings.set(event.subject, { document: body.document, acknowledged: false });
});

rule(
  'filing.acknowledged/1',
  FILING,
  {
    slots: (record, event) => {
      const office = record.policyAt(event.at).offices.get(BUREAU);
      refuseUnless(office, event, 'the policy has no bureau');
      return [slotOf(office.organiser)];
    },
  },
  (record, event, body) => {
    const filing = record.supervision.filings.get(event.subject);
    refuseUnless(filing, event, 'nothing was filed');
    checkSame('document', body.document, filing.document);
    refuseUnless(!filing.acknowledged, event, 'it is acknowledged already');
    return () => {
      filing.acknowledged = true;
    };
  },
);

rule('training.held/1', `training/${OFFICE}/${YEAR}/${NUMBER}`, {}, (record, event, body, subject) => {
  refuseUnless(body.held <= deriveDay(event.at), event, `held on ${body.held}, which is yet to come`);
  const roster = record.officers.roster(Number(subject.year), subject.office);
  const unknown = body.attended.filter((/** @type {string} */ officer) => !roster?.has(officer));
  refuseUnless(!unknown.length, event, `${unknown.join(', ')} is not on the roster of ${subject.office}`);
  return checkNumber(record, event, subject);
});

rule('suggestion.made/1', SUGGESTION, {}, (record, event, _body, subject) => {
  const count = checkNumber(record, event, subject);
  return () => {
    count();
    record.supervision.suggestions.set(event.subject, { answered: false });
  };
});

rule('suggestion.answered/1', SUGGESTION, {}, (record, event) => {
  const suggestion = record.supervision.suggestions.get(event.subject);
  refuseUnless(suggestion, event, 'no such suggestion was made');
  refuseUnless(!suggestion.answered, event, 'it is answered already');
  return () => {
    suggestion.answered = true;
  };
});

/** Overseers are the units that belong to no office of the policy, the service aside. @param {Record} record @param {Event} event */
function findOverseers(record, event) {
  const { units, offices } = record.policyAt(event.at);
  return new Set([...units].flatMap(([unit, { office }]) => (offices.has(office) || unit === SERVICE ? [] : [unit])));
}

rule(
  'opinion.given/1',
  OPINION,
  { slots: (record, event) => [findOverseers(record, event)] },
  (record, event, body, subject) => {
    const { units, offices } = record.policyAt(event.at);
    const isInside = offices.has(units.get(body.to)?.office ?? '');
    refuseUnless(isInside, event, `${body.to} is not a unit of an office of the policy`);
    checkAbout(record, event, body.about);
    const count = checkNumber(record, event, subject);
    return () => {
      count();
      record.supervision.opinions.set(event.subject, { to: body.to, answered: false });
    };
  },
);

/** @param {Record} record @param {Event} event */
function findOpinion(record, event) {
  const opinion = record.supervision.opinions.get(event.subject);
  refuseUnless(opinion, event, 'no such opinion was given');
  return opinion;
}

rule(
  'opinion.answered/1',
  OPINION,
  { slots: (record, event) => [slotOf(findOpinion(record, event).to)] },
  (record, event) => {
    const opinion = findOpinion(record, event);
    refuseUnless(!opinion.answered, event, 'it is answered already');
    return () => {
      opinion.answered = true;
    };
  },
);

/** @param {Record} record @param {Event} event @returns {Complaint} */
function findComplaint(record, event) {
  const complaint = record.complaints.get(event.subject);
  refuseUnless(complaint, event, 'no such complaint was received');
  return complaint;
}

/**
 * The leader, or the service, for what comes over the web; the supervisor with the leader: alone it could leave out that
 * a complaint is about itself.
 * @type {NonNullable<import('./rule.js').Terms['slots']>}
 */
function findReceivers(record, event, body) {
  const office = record.policyAt(event.at).offices.get(BUREAU);
  refuseUnless(office, event, 'the policy has no bureau');
  const isSupervisor = event.unit === office.supervisor && body.of !== office.supervisor;
  return isSupervisor ? [slotOf(office.supervisor), slotOf(office.leader)] : [slotOf(SERVICE, office.leader)];
}

rule('complaint.received/1', COMPLAINT, { slots: findReceivers }, (record, event, body, subject) => {
  refuseUnless(
    body.of === undefined || record.policyAt(event.at).units.has(body.of),
    event,
    `${body.of} is not a unit of the policy`,
  );
  const sealed = [body.content, body.complainant].flatMap((one) => one?.sealed ?? []);
  refuseUnless(new Set(sealed).size === sealed.length, event, 'content and complainant have the same seal');
  const count = checkNumber(record, event, subject);
  return () => {
    count();
    record.complaints.set(event.subject, { of: body.of, answered: false });
    for (const digest of sealed) record.seals.known.add(digest);
  };
});

/** @type {Partial<import('./rule.js').Terms>} */
const byHandler = { slots: (record, event) => [slotOf(findWatcher(record, event, findComplaint(record, event).of))] };

for (const decided of ['accepted', 'passed', 'declined']) {
  rule(`complaint.${decided}/1`, COMPLAINT, byHandler, (record, event) => {
    const complaint = findComplaint(record, event);
    refuseUnless(complaint.decided === undefined, event, 'it is decided already whether it is taken up');
    return () => {
      complaint.decided = decided;
    };
  });
}

rule('complaint.answered/1', COMPLAINT, byHandler, (record, event, body) => {
  const complaint = findComplaint(record, event);
  refuseUnless(complaint.decided === 'accepted', event, 'it was not taken up');
  refuseUnless(!complaint.answered, event, 'it is answered already');
  return () => {
    complaint.answered = true;
    record.seals.known.add(body.answer.sealed);
  };
});

// Joint draws (部门联合抽查): who leads, and who takes part with it. Mirrors src/ledger/office/joint.py.

import { checkSame, refuseUnless } from './rule.js';

/** @typedef {{ lead?: string, participants?: string[] }} Parties of a joint draw */

/**
 * Check that a joint draw, and no other, names a leader and who takes part, one of them of its own office. Throws Refused.
 * @param {import('./rule.js').Event} event
 * @param {import('./policy.js').Policy} policy
 * @param {string} office
 * @param {Parties} body
 * @param {boolean} isJoint
 */
export function checkParties(event, policy, office, { lead, participants = [] }, isJoint) {
  const named = [...(lead === undefined ? [] : [lead]), ...participants];
  if (!isJoint) {
    refuseUnless(!named.length, event, 'only a joint draw names who leads and who takes part');
    return;
  }
  refuseUnless(lead !== undefined, event, 'a joint draw names who leads it');
  refuseUnless(participants.length, event, 'a joint draw names who takes part beside its leader');
  for (const one of named) {
    const isKnown = policy.units.has(one) || policy.agencies.has(one);
    refuseUnless(isKnown, event, `${one} is neither a unit nor an agency of the policy`);
  }
  refuseUnless(!participants.includes(lead), event, `${lead} leads, and takes part beside itself`);
  const isOwn = named.some((one) => policy.units.get(one)?.office === office);
  refuseUnless(isOwn, event, `no unit of ${office} leads or takes part`);
}

/**
 * Check that a supplementary draw is of the same parties as the one that it follows. Throws Mismatch.
 * @param {Parties} body
 * @param {Parties} before
 */
export function checkSameParties(body, before) {
  checkSame('lead', body.lead, before.lead);
  checkSame('participants', body.participants, before.participants);
}

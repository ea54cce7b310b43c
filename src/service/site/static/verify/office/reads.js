// Private reads: what a unit is told of what is sealed stands in the log before it is told (T22, T23).
//
// Mirrors src/ledger/office/reads.py. Specification: docs/spec/events.md, `openings.read/1`.

import { parseBase64 } from '../proof/bytes.js';
import { BadSignature, Malformed } from '../proof/errors.js';
import { SERVICE } from './policy.js';
import { refuseUnless, rule, slotOf } from './rule.js';

const TAG = 'double-random-read';
const [MAX_AGE_SECONDS, SKEW_SECONDS] = [120, 60];
const PARAMETER = ';([a-z]+)=(?:([0-9]+)|"([ !#-\\[\\]-~]*)")';
const BASE = new RegExp(
  '^"@method": GET\\n' +
    '"@authority": [!-~]+\\n' +
    '"@path": [!-~]*/api/v1/openings\\n' +
    '"@query": \\?subject=((?:[a-z0-9/-]|%2F)+)\\n' +
    '"@signature-params": \\("@method" "@authority" "@path" "@query"\\)' +
    `((?:${PARAMETER})+)$`,
);
const KEY_NAME = /^([^+]+)\+([0-9a-f]{8})$/;

/**
 * Return what a request's signature base says: the subject that is read; when it was signed, in Unix seconds; name and
 * id of the key that asks. Throws Malformed if it is not the base of a private read.
 * @param {string} base
 */
function parseBase(base) {
  const [, of, written] = BASE.exec(base) ?? [];
  const parameters = [...(written ?? '').matchAll(new RegExp(PARAMETER, 'g'))];
  const named = new Map(parameters.map(([, name, number, text]) => [name, number ?? text]));
  const [, name, keyId] = KEY_NAME.exec(named.get('keyid') ?? '') ?? [];
  const isWhole = named.size === parameters.length && named.has('created') && named.has('nonce');
  const created = parameters.find(([, parameter]) => parameter === 'created')?.[2] ?? '';
  const isNumber = created !== '' && created.length <= 15;
  if (name === undefined || !isWhole || !isNumber || named.get('tag') !== TAG) {
    throw new Malformed('the signed request is not of the form of a private read (RFC 9421)');
  }
  return { of: of.replaceAll('%2F', '/'), created: Number(created), name, keyId };
}

/** @type {Partial<import('./rule.js').Terms>} */
const terms = { slots: (_record, _event, _body, subject) => [slotOf(subject.unit, SERVICE)] };

rule('openings.read/1', 'reads/(?<unit>.+)', terms, (record, event, body, subject) => {
  const { unit } = subject;
  const { of, request } = body;
  refuseUnless(record.heads.has(of), event, `${of} does not stand in the record`);
  const isOwn = event.unit === unit;
  refuseUnless(isOwn || request, event, `the service says it without the request of ${unit}`);
  refuseUnless(!isOwn || !request, event, 'whoever says it itself shows no request');
  if (!request) return () => {};
  checkRequest(record, event, request, unit, of);
  return () => void record.requests.add(request.base);
});

/**
 * Check that a unit's key, in force here, has signed just now that it asks for a subject; and that it counts once.
 * @param {import('./record.js').Record} record
 * @param {import('./rule.js').Event} event
 * @param {{ base: string, signature: string }} request
 * @param {string} unit
 * @param {string} of
 */
function checkRequest(record, event, request, unit, of) {
  const asked = parseBase(request.base);
  refuseUnless(asked.of === of, event, `the request asks for ${asked.of}`);
  const { created } = asked;
  const isFresh = event.at - MAX_AGE_SECONDS - SKEW_SECONDS <= created && created <= event.at + SKEW_SECONDS;
  refuseUnless(isFresh, event, `the request was signed at ${created}, the read is of ${event.at} (Unix seconds)`);
  refuseUnless(!record.requests.has(request.base), event, 'the signed request was used before');
  const line = { name: asked.name, keyId: asked.keyId, signature: parseBase64(request.signature) };
  const key = checkLine(record, event, request.base, line);
  refuseUnless(key.unit === unit, event, `the request is signed by ${key.unit}`);
}

/**
 * @param {import('./record.js').Record} record
 * @param {import('./rule.js').Event} event
 * @param {string} base
 * @param {import('../proof/note.js').Signature} line
 */
function checkLine(record, event, base, line) {
  try {
    const key = record.keys.ofLine(record, event, line);
    record.checkSignature(key.verifier, base, line);
    return key;
  } catch (error) {
    if (error instanceof BadSignature) error.check = 'signatures';
    throw error;
  }
}

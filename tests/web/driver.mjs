// The modules of 抽取核验 for the tests to ask: one JSON value a line in, one out. See node.py.

import { createInterface } from 'node:readline';

const modules = new URL('../../src/service/site/static/verify/', import.meta.url);
const load = (path) => import(new URL(path, modules));

const bytes = await load('proof/bytes.js');
const characters = await load('proof/characters.js');
const checkpoint = await load('proof/checkpoint.js');
const draw = await load('proof/draw.js');
const encoding = await load('proof/encoding.js');
const ed25519 = await load('proof/ed25519.js');
const { LedgerError } = await load('proof/errors.js');
const event = await load('proof/event.js');
const merkle = await load('proof/merkle.js');
const note = await load('proof/note.js');
const quota = await load('proof/quota.js');
const randomness = await load('proof/randomness.js');
const { checkEncryptionKey } = await load('proof/seal.js');
const tile = await load('proof/tile.js');
const body = await load('office/body.js');
const { BODIES } = await load('office/events.js');
const rows = await load('office/rows.js');
const { rootOf } = await load('office/ground.js');
const { deriveOutcome, formatSheet } = await load('office/outcome.js');
const { Record } = await load('office/record.js');
const { RULES } = await load('office/rule.js');
const checks = await load('audit/checks.js');
const container = await load('audit/container.js');
const { explain } = await load('audit/explain.js');
const { formatExplanation } = await load('audit/explanation.js');
const { Unreachable } = await load('audit/served.js');
const { Tiles } = await load('audit/tiles.js');
const { parseTrust, Trust } = await load('audit/trust.js');
const { verifyBundle, verifyServed } = await load('audit/verify.js');
const wording = await load('audit/wording.js');

const unpack = (text) => new Uint8Array(Buffer.from(text, 'base64'));
const pack = (data) => Buffer.from(data).toString('base64');
const hex = (text) => new Uint8Array(Buffer.from(text, 'hex'));
const hexes = (texts) => texts.map(hex);

let record;

/** Return what an entry is refused for, by check and message; null if it is not. */
function judge(entry, method) {
  try {
    record[method](unpack(entry));
    return null;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { check: error.check, message: error.message };
  }
}

/** Return the names of an object's fields, those that may be left out with a question mark, each with the same of its own. */
const shapeOf = ({ shape = {} }) =>
  Object.fromEntries(Object.entries(shape).map(([name, kind]) => [name + (kind.isOptional ? '?' : ''), shapeOf(kind)]));

/** Ask the page's worker, as a page does. */
const asking = new Map();
let listener;
globalThis.addEventListener = (_, listen) => (listener = listen);
globalThis.postMessage = ({ id, answer, error }) => {
  if (error) asking.get(id).reject(new LedgerError(error.en));
  else if (answer) asking.get(id).resolve(answer);
};
await load('worker.js');
const askWorker = (question) =>
  new Promise((resolve, reject) => {
    asking.set(asking.size, { resolve, reject });
    listener({ data: { id: asking.size - 1, ...question } });
  });

/** Return how to read a log's files out of a table of them; one that is null cannot be reached. */
const readerOf = (files) => async (path) => {
  if (files[path] === null) throw new Unreachable(`${path} cannot be reached: no network`);
  return path in files ? unpack(files[path]) : undefined;
};

function termsOf({ vkey, policy, since, published }) {
  const trust = policy ? parseTrust(unpack(policy)) : vkey ? new Trust([note.parseVkey(vkey)]) : undefined;
  return { trust, since: since && unpack(since), published: published && readerOf(published) };
}

/** Give the members of a draw in the forms that deriveOutcome takes. */
function drawOf({ slot, frozen, pool, officers, conflicts, items, strata, crew, fallback, itemsPerCase, hosts, visitDays, drawAt, shares, missing, results }) {
  const eligible = (stratum) => pool.filter((leaf) => leaf.stratum === stratum && leaf.excluded === undefined).map(({ target }) => target.id);
  const apart = new Map();
  for (const [officer, code] of conflicts) apart.set(code, (apart.get(code) ?? new Set()).add(officer));
  return {
    slot, missing, results, drawAt,
    frozenHash: frozen,
    shares: new Map(Object.entries(shares)),
    policy: { periods: { visit_days: visitDays }, subRosters: new Map(Object.entries(hosts).map(([name, host]) => [name, { host }])) },
    ground: { pool, items, strata, crew, itemsPerCase, eligible, rosters: { eligible: new Map(Object.entries(officers)), conflicts: apart, fallback } },
  };
}

const verifierOf = ({ vkey }) => note.parseVkey(vkey);

const OPERATIONS = {
  checks: () => checks.CHECKS,
  bodies: () => Object.fromEntries(Object.entries(BODIES).map(([type, kind]) => [type, shapeOf(kind)])),
  rows: () => Object.fromEntries(['target', 'officer', 'item', 'privateRow', 'planLine', 'keyEnterprise'].map((name) => [name, shapeOf(rows[name])])),
  rules: () => Object.fromEntries([...RULES].map(([type, { check, subject }]) => [type, { check, subject: subject.source }])),

  canonical: ({ data }) => encoding.formatCanonical(encoding.parseCanonical(unpack(data))),
  format: ({ value }) => encoding.formatCanonical(value),
  characters: () => {
    const assigned = [];
    const special = [];
    for (let code = 0; code < 0x110000; code++) {
      const text = String.fromCodePoint(code);
      if (/\p{Cs}|\p{Cn}/u.test(text)) continue;
      assigned.push(code);
      // One that has a combining class changes places with a mark of a lower one, or lets one of a higher one pass.
      const among = [text, `\u0345${text}`, `${text}\u0334`];
      if (among.some((one) => one.normalize('NFD') !== one)) special.push(text);
    }
    return { unicode: process.versions.unicode, stable: characters.STABLE, assigned, special };
  },
  normalise: ({ text, form }) => text.normalize(form),
  text: ({ value }) => body.text(value, 'text'),
  code: ({ text }) => encoding.checkCode(text),
  id: ({ text }) => encoding.checkId(text),
  day: ({ text }) => encoding.checkDay(text),
  time: ({ text }) => encoding.parseTime(text),
  is_credit_code: ({ text }) => encoding.isCreditCode(text),
  sorted: ({ texts }) => texts.sort(encoding.compareText),
  base64: ({ text }) => pack(bytes.parseBase64(text)),

  leaf_hash: ({ leaf }) => bytes.toHex(merkle.deriveLeafHash(unpack(leaf))),
  roots: ({ leaves }) => {
    const tree = new merkle.Tree();
    for (const leaf of leaves) tree.append(merkle.deriveLeafHash(unpack(leaf)));
    return Array.from({ length: leaves.length + 1 }, (_, size) => bytes.toHex(tree.root(size)));
  },
  inclusion: ({ leaf_hash, index, size, path, root }) => merkle.checkInclusion(hex(leaf_hash), index, size, hexes(path), hex(root)) ?? true,
  consistency: ({ old, size, path, old_root, root }) => merkle.checkConsistency(old, size, hexes(path), hex(old_root), hex(root)) ?? true,

  note: ({ data }) => {
    const { text, signatures } = note.parseNote(unpack(data));
    return { text, signatures: signatures.map(({ name, keyId, signature }) => [name, keyId, bytes.toHex(signature)]) };
  },
  vkey: (asked) => note.formatVkey(verifierOf(asked)),
  signature: ({ key, message, signature }) => {
    const data = hex(key);
    return ed25519.isValid(data, ed25519.parsePublicKey(data), hex(message), hex(signature));
  },
  signature_by_page: ({ key, message, signature }) => ed25519.isAcceptedByPage(hex(key), hex(message), hex(signature)),
  checkpoint: ({ data, vkey, witnesses, is_exact, same_id }) => {
    const [log, ...others] = [vkey, ...witnesses].map(note.parseVkey);
    if (same_id) for (const witness of others) witness.keyId = log.keyId;
    const word = checkpoint.checkCheckpoint(unpack(data), log, others, { isExact: is_exact });
    const { origin, size, root } = word.checkpoint;
    return { origin, size, root: bytes.toHex(root), times: Object.fromEntries(word.times) };
  },
  event: ({ data, origin }) => {
    const { type, subject, unit, at, after = null, body } = event.parseEvent(unpack(data), origin);
    return { type, subject, unit, at, after, body };
  },
  tile_roots: async ({ files, size, old }) => {
    const { old: first, root } = await new Tiles(readerOf(files), size).roots(old);
    return [bytes.toHex(first), bytes.toHex(root)];
  },
  tile_paths: ({ size }) => [...tile.deriveEntryTiles(size), ...tile.deriveHashTiles(size)].map(tile.formatTilePath),
  entries: ({ data, width }) => tile.parseEntries(unpack(data), width).map(pack),

  year_quota: ({ base, numerator, denominator }) => quota.deriveYearQuota(base, numerator, denominator),
  month_quotas: ({ year, weights }) => quota.deriveMonthQuotas(year, weights),
  round: ({ chain, seconds }) => randomness.deriveRound(chain, seconds),
  check_round: ({ round, expected }) => randomness.checkRound(round, expected) ?? true,
  seed_file: ({ slot, frozen, shares, missing, results }) => draw.formatSeedFile(slot, frozen, new Map(Object.entries(shares)), missing, results),
  select: ({ sub_seed, codes, count }) => draw.select(sub_seed, codes, count).map(({ ticket, code }) => [ticket, code]),
  outcome: (asked) => {
    const one = drawOf(asked);
    const { seedFile, sheets, strata, caps, ref } = deriveOutcome(one, one.shares);
    return { seed_file: seedFile, sheets: sheets.map(formatSheet), strata, caps, root: ref.root };
  },
  root: ({ leaves }) => rootOf(leaves),

  container: ({ data }) => Object.fromEntries([...container.parseContainer(unpack(data))].map(([path, file]) => [path, pack(file)])),
  trust: ({ data, cosigners }) => parseTrust(unpack(data)).isMet(cosigners),

  // Entries that the test has signed itself are judged without looking at each signature once more, but for those within
  // their bodies.
  begin: ({ is_signed }) => {
    record = new Record((verifier, text, { signature }) => {
      if (!is_signed || text.startsWith('"@method"')) verifier.check(bytes.utf8(text), signature);
    });
    return true;
  },
  append: ({ entry }) => judge(entry, 'append'),
  decide: ({ entries }) => entries.map((entry) => judge(entry, 'decide')),

  wording: ({ rows, messages }) => {
    wording.useWording(rows);
    return messages.map(wording.translate);
  },
  encryption_key: ({ key }) => checkEncryptionKey(key),
  verify: async ({ data, subject, ...terms }) => (await verifyBundle(unpack(data), termsOf(terms), subject)).report.toJson(),
  verify_served: async ({ files, subject, has_hash_tiles, ...terms }) => {
    return (await verifyServed(readerOf(files), termsOf(terms), subject, { hasHashTiles: has_hash_tiles })).report.toJson();
  },
  explain: ({ data, code }) => explain(code, unpack(data)),
  explanation: ({ told }) => formatExplanation(told),
  worker: ({ bundle, since, ...asked }) => askWorker({ ...asked, bundle: bundle && unpack(bundle), since: since && unpack(since) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { operation, ...asked } = JSON.parse(line);
  let answer;
  try {
    answer = { value: await OPERATIONS[operation](asked) };
  } catch (error) {
    const isRefusal = error instanceof LedgerError;
    answer = isRefusal ? { refused: error.constructor.name, message: error.message } : { crashed: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

// What the page of verification remembers between visits: one checkpoint of each log, by its key's name, NAME+ID.

/** @param {string} log its key's name */
const keptName = (log) => `checkpoint ${log}`;

/**
 * Return the checkpoint of a log kept from the last visit; null without one, or where the browser keeps nothing.
 * @param {string} log its key's name
 */
export function readKept(log) {
  try {
    return localStorage.getItem(keptName(log));
  } catch {
    return null; // storage is switched off: then nothing is compared, and check 4 says so
  }
}

/**
 * Keep a checkpoint in the place of the one that it was compared with. One of fewer entries is never kept, nor any where
 * another page has kept one meanwhile, which was not compared.
 * @param {string} log its key's name, as the reader gave it
 * @param {string} checkpoint
 * @param {string | null} compared what was kept as it was verified
 */
export function keep(log, checkpoint, compared) {
  if (readKept(log) !== compared || (compared !== null && sizeOf(checkpoint) < sizeOf(compared))) return;
  try {
    localStorage.setItem(keptName(log), checkpoint);
  } catch {
    // storage is switched off; showKept then shows that there is nothing
  }
}

/** @param {string} checkpoint */
const sizeOf = (checkpoint) => Number(checkpoint.split('\n')[1]);

/** Forget the checkpoint of a log. @param {string} log its key's name */
export function drop(log) {
  try {
    localStorage.removeItem(keptName(log));
  } catch {
    // storage is switched off: there is nothing to forget
  }
}

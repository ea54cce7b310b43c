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

/** @param {string} log its key's name, as the reader gave it @param {string} checkpoint */
export function keep(log, checkpoint) {
  try {
    localStorage.setItem(keptName(log), checkpoint);
  } catch {
    // storage is switched off; showKept then shows that there is nothing
  }
}

/** Forget the checkpoint of a log. @param {string} log its key's name */
export function drop(log) {
  try {
    localStorage.removeItem(keptName(log));
  } catch {
    // storage is switched off: there is nothing to forget
  }
}

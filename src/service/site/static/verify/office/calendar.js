// The State Council's notices on holidays. Mirrors the rule of src/ledger/office/calendar.py; no draw depends on it.

import { checkSame, refuseUnless, rule, YEAR } from './rule.js';

/** @param {string} day */
const isWeekend = (day) => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());

rule('calendar.published/1', `calendar/${YEAR}`, {}, (_record, event, body, subject) => {
  checkSame('subject', event.subject, `calendar/${body.year}`);
  for (const day of [...body.closed, ...body.worked])
    refuseUnless(day.slice(0, 4) === subject.year, event, `${day} is not of the year ${body.year}`);
  for (const day of body.closed) refuseUnless(!isWeekend(day), event, `${day} is a weekend: it is closed as it is`);
  for (const day of body.worked) refuseUnless(isWeekend(day), event, `${day} is a weekday: it is worked as it is`);
  return () => {};
});

/** One system of another kind that can be tried by hand, and the little company that each of them has. */
import type { Place } from '../rolewave.ts';

export interface Peer {
  /** For people: `PostgreSQL 17`. */
  name: string;
  /** Starts it below `place.home` with the company's people and roles, and tells `place.onStart`. Resolves with why it cannot be had here. */
  start(place: Place): Promise<{ logins: Login[] } | { missing: string }>;
  /** Deletes what it keeps below `home`. */
  remove(home: string): Promise<void>;
}

export interface Login {
  /** What it may do: `grants fin_close and fin_old`. */
  what: string;
  connectionString: string;
  /** The variable to put it into, for the login that Rolewave would use. */
  variable?: string;
  /** Lines of its entry in `systems` of a site file, for the same login. */
  site?: string[];
}

/** Accounts of people who work there. */
export const people = ['eva.berg', 'jonas.lund', 'mira.holm', 'tuan.pham'];
/** Roles or groups, with those who have them: an old one, and a new one that nobody has yet. */
export const roles: { name: string; about: string; holders: string[] }[] = [
  { name: 'fin_close', about: 'Runs the month-end close', holders: [] },
  { name: 'fin_old', about: 'Everything in finance, as before the review', holders: ['eva.berg', 'jonas.lund', 'mira.holm'] },
];
/** Rolewave's own login, in the form of each system; PostgreSQL has one of another name. */
export const login = 'rolewave';

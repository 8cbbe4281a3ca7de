/**
 * People who were looked up a moment ago, for the batches that follow: thousands get several roles, one batch for each. They are taken for what they were only
 * after the log of changes was asked about everything since then, so that who was changed, renamed or deleted is looked up again (decision 264).
 */
import { AndFilter, EqualityFilter, GreaterThanEqualsFilter, OrFilter } from 'ldapts';
import type { Account, Accounts } from './accounts.ts';
import { changedMs } from './log.ts';
import { dnKey, isUnder } from './names.ts';
import { LdapRefused } from './result-codes.ts';
import { valuesOf, type LdapSession } from './session.ts';
import type { LdapSettings } from './settings.ts';

/** Fewer are looked up faster than the log is asked about them. */
const fewest = 500;

export interface RememberedFor {
  mostPeople: number;
  keptMs: number;
  /** With a log that answers so slowly because it has no index on `entryCSN`, people are looked up each time. */
  slowMs: number;
}
/** An account that the server itself has locked after wrong passwords is not in the log. */
export const forBatches: RememberedFor = { mostPeople: 20_000, keptMs: 20_000, slowMs: 500 };
/** Of holders, only who they are is read, which every server writes into the log. To look all of them up takes a busy machine half a minute. */
export const forReadings: RememberedFor = { mostPeople: 100_000, keptMs: 120_000, slowMs: 5_000 };

/** In so busy a directory, people are looked up each time. */
const [mostChanges, notForMs] = [3_000, 60_000];
/** Of two changes at the same moment, the later one may be in the log first. */
const overlapMs = 10_000;

/** What was in the log before people were looked up. */
interface Since {
  /** Of the newest change. */
  csn: string;
  /** Of the last changes: those that are not among them may be later ones. */
  csns: ReadonlySet<string>;
}

export class Remembered {
  readonly #session: LdapSession;
  readonly #settings: LdapSettings;
  readonly #accounts: Accounts;
  readonly #for: RememberedFor;
  readonly #people = new Map<string, Account>();
  /** All of them were looked up after that. */
  #since: Since | undefined;
  #forgetting: NodeJS.Timeout | undefined;
  #notBeforeMs = 0;

  constructor(session: LdapSession, settings: LdapSettings, accounts: Accounts, { as = forBatches }: { as?: RememberedFor } = {}) {
    this.#for = as;
    this.#session = session;
    this.#settings = settings;
    this.#accounts = accounts;
  }

  /** By id, as they are now. */
  async ofIds(ids: string[]): Promise<Map<string, Account>> {
    const found = ids.length < fewest ? new Map<string, Account>() : await this.#unchanged(ids);
    const left = ids.filter((id) => !found.has(id));
    if (left.length === 0) return found;
    const since = await this.beforeLookingUp(left.length);
    const lookedUp = await this.#accounts.ofIds(left);
    this.keep(since, lookedUp.values());
    for (const [id, account] of lookedUp) found.set(id, account);
    return found;
  }

  /** All who are remembered, as they are now, by the key of their DN. */
  async everybody(): Promise<Map<string, Account>> {
    const before = [...this.#people];
    await this.#unchanged([]);
    // Those who were looked up meanwhile were not asked about.
    return new Map(before.flatMap(([id, account]) => (this.#people.get(id) === account ? [[dnKey(account.dn), account]] : [])));
  }

  /** undefined: too few, or the log does not show that it is written at all, and then nobody is remembered. */
  async beforeLookingUp(many: number): Promise<Since | undefined> {
    if (this.#settings.accesslog === undefined || many < fewest || Date.now() < this.#notBeforeMs) return undefined;
    // By our clock, which may be another than the server's: it only decides how much is read.
    for (const withinMs of [60_000, 3_600_000]) {
      const changes = await this.#changes(csnAt(Date.now() - withinMs));
      if (!changes) return undefined;
      if (changes.since) return changes.since;
    }
    return undefined;
  }

  /** People below the base of the site: `ofIds` finds no others. */
  keep(since: Since | undefined, people: Iterable<Account>): void {
    if (since === undefined) return;
    const base = dnKey(this.#settings.accounts.base);
    this.#since = this.#people.size === 0 || !this.#since ? since : earlier(this.#since, since);
    for (const account of people) {
      if (this.#people.size >= this.#for.mostPeople) break;
      if (isUnder(dnKey(account.dn), base)) this.#people.set(account.id, account);
    }
    this.#forgetting ??= setTimeout(() => this.#forget(), this.#for.keptMs).unref();
  }

  async #unchanged(ids: string[]): Promise<Map<string, Account>> {
    const found = new Map<string, Account>();
    const since = this.#since;
    if (this.#people.size === 0 || !since) return found;
    const changes = await this.#changes(csnAt(changedMs(since.csn) - overlapMs), since.csns);
    // Where the newest change that was known is gone, later ones may be gone with it: the log was purged, or begun anew.
    if (!changes || changes.renamed || !changes.csns.has(since.csn)) this.#forget();
    else for (const id of changes.ids) this.#people.delete(id);
    for (const id of ids) {
      const account = this.#people.get(id);
      if (account) found.set(id, account);
    }
    if (this.#since === since && changes?.since) this.#since = changes.since;
    return found;
  }

  #forget(): void {
    this.#people.clear();
    clearTimeout(this.#forgetting);
    this.#forgetting = undefined;
  }

  /**
   * Changes of entries, without new ones and without those that are `known`; undefined: too many, or too slow. `renamed`: a part of the tree may have moved with
   * it. `csns`: of all of them, the known ones too. `since`: undefined where there are none.
   */
  async #changes(
    from: string,
    known: ReadonlySet<string> = new Set(),
  ): Promise<{ since: Since | undefined; csns: ReadonlySet<string>; ids: Set<string>; renamed: boolean } | undefined> {
    const fromMs = performance.now();
    const equals = (attribute: string, value: string) => new EqualityFilter({ attribute, value });
    const kinds = new OrFilter({ filters: ['modify', 'modrdn', 'delete'].map((kind) => equals('reqType', kind)) });
    const later = new GreaterThanEqualsFilter({ attribute: 'entryCSN', value: from });
    const entries = await this.#session
      .search({
        base: this.#settings.accesslog ?? '',
        scope: 'one',
        filter: new AndFilter({ filters: [equals('reqResult', '0'), later, kinds] }),
        attributes: ['entryCSN', 'reqType', 'reqEntryUUID'],
        paged: true,
        most: mostChanges,
      })
      .catch((error: unknown) => {
        if (error instanceof LdapRefused) return undefined;
        throw error;
      });
    if (!entries || performance.now() - fromMs > this.#for.slowMs) {
      this.#notBeforeMs = Date.now() + notForMs;
      return undefined;
    }
    const csns = new Set<string>();
    const found = { ids: new Set<string>(), renamed: false };
    let newest = '';
    for (const entry of entries) {
      const [csn = ''] = valuesOf(entry, 'entryCSN');
      const [id] = valuesOf(entry, 'reqEntryUUID');
      csns.add(csn);
      if (csn > newest) newest = csn;
      if (known.has(csn)) continue;
      if (id === undefined || valuesOf(entry, 'reqType')[0] === 'modrdn') found.renamed = true;
      else found.ids.add(id.toLowerCase());
    }
    return { ...found, csns, since: Number.isNaN(changedMs(newest)) ? undefined : { csn: newest, csns } };
  }
}

/** What was asked of the log later was not asked about people who were looked up earlier. */
function earlier(a: Since, b: Since): Since {
  if (a.csn !== b.csn) return a.csn < b.csn ? a : b;
  return { csn: a.csn, csns: new Set([...a.csns].filter((csn) => b.csns.has(csn))) };
}

/** The first csn of this moment. */
const csnAt = (ms: number): string =>
  `${new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-:T]/g, '')}.000000Z#000000#000#000000`;

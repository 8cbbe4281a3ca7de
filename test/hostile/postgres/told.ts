/** From the lines of a PostgreSQL server's log to what the witness is told: each effect by oid, each snapshot where it was taken, and the story. */
import type { Effect, Snapshot, Witness } from '../witness.ts';
import { ended, Sessions, type Done, type LogLine } from './statement-log.ts';

/** What a role must not be able to do, once it was signed without it. */
export const wide = 'pg_read_all_stats';

/** The text that a statement begins with which takes the n-th snapshot. It stands in the log where the snapshot was taken. */
export const markOf = (mark: string, number: number): string => `select 'snapshot ${mark} ${number}'`;

type Told = Effect | { widens: boolean; role: string };

export class ToldByTheLog {
  readonly #witness: Witness;
  readonly #mark: string;
  readonly #snapshots: Snapshot[];
  readonly #sessions: Sessions<Told[]>;
  readonly #wide = new Set<string>();
  #now: Snapshot['named'] = [];

  /** `mark`: of the scenario; `snapshots`: by their numbers. */
  constructor(witness: Witness, mark: string, snapshots: Snapshot[]) {
    this.#witness = witness;
    this.#mark = mark;
    this.#snapshots = snapshots;
    this.#sessions = new Sessions<Told[]>({ done: (done) => this.#toldOf(done), committed: (all) => this.#committed(all.flat()) });
  }

  read(lines: LogLine[]): void {
    const { story } = this.#witness;
    for (const line of lines) {
      const text = ended(line) ?? '';
      const [, mark, number] = /^select 'snapshot (\S+) (\d+)'/.exec(text) ?? [];
      const note = /^select 'note: (.*)'$/.exec(text)?.[1];
      if (mark !== undefined) {
        const snapshot = mark === this.#mark ? this.#snapshots[Number(number)] : undefined;
        if (snapshot) {
          this.#now = snapshot.named;
          this.#witness.see(snapshot);
        }
        // How it was set up is in the scenario.
        if (number === '0') story.length = 0;
        continue;
      }
      if (note !== undefined) story.push(note);
      else if (line.application === 'administrator' && /^(grant|revoke|alter|create|drop|lock)\b/.test(text)) story.push(`  ${text}`);
      this.#sessions.read(line);
    }
  }

  #idOf(name: string): string {
    return this.#now.find((one) => one.name === name)?.id ?? `unknown ${name}`;
  }

  #toldOf({ did, application, role, accounts, grantor }: Done): Told[] {
    if (role === wide) return accounts.map((name) => ({ widens: did === 'grant', role: this.#idOf(name) }));
    return accounts.map((name) => ({
      did,
      application,
      role: this.#idOf(role),
      account: this.#idOf(name),
      grantor: grantor === undefined ? undefined : this.#idOf(grantor),
      id: null,
      wide: this.#wide.has(this.#idOf(role)),
      locked: this.#now.some((known) => known.name === name && !known.login),
    }));
  }

  #committed(all: Told[]): void {
    for (const told of all) {
      if (!('widens' in told)) this.#witness.did([told]);
      else if (told.widens) this.#wide.add(told.role);
      else this.#wide.delete(told.role);
    }
  }
}

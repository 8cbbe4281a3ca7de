/** Plays one scenario: real activities on a real server, with workers that die or sleep, and administrators in between. */
import { ApplicationFailure } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector } from '../../connectors/connector.ts';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
import type { Store } from '../../store/contract.ts';
import { Company } from './postgres/administrators.ts';
import { applied, workOf, type Released, type Work } from './packages.ts';
import { roleNames, type Act, type Scenario, type Step } from './scenario.ts';
import type { LoggedServer } from './postgres/server.ts';
import { disturbedConnector, disturbedStore, Killed, Pause, type Disturbance } from './disturbances.ts';
import { finalViolations, ledgerViolations } from './verdict.ts';
import { ended } from './postgres/statement-log.ts';
import { Witness, type Run, type Signed, type Snapshot } from './witness.ts';

type Outcome = { done: unknown } | { refused: string; why: string } | { gaveUp: string } | { killed: true };

const attempts = 8;
let number = 0;

/** A Rolewave that breaks its promises, to see that the witness notices. `of`: the names of roles and accounts in this scenario. */
export type Sabotage = (connector: Connector, of: (name: string) => string) => Connector;

/** What was violated, and the story for people. */
export async function play(
  server: LoggedServer,
  store: Store,
  scenario: Scenario,
  sabotage: Sabotage = (connector) => connector,
): Promise<{ violations: string[]; story: string[] }> {
  const mark = `${server.version}x${process.pid.toString(36)}x${(number += 1)}`;
  const company = await Company.founded(server, scenario, mark);
  const story = new Story(server, store, scenario, company, mark, sabotage);
  try {
    return await story.told();
  } finally {
    await story.close();
  }
}

class Story {
  readonly #server: LoggedServer;
  readonly #store: Store;
  readonly #scenario: Scenario;
  readonly #company: Company;
  readonly #packages: Released[] = [];
  readonly #runs = new Map<string, Run>();
  readonly #signed = new Map<number, Signed>();
  readonly #witness: Witness;
  readonly #sleeping: { pause: Pause; wakes: number; run: Promise<unknown> }[] = [];
  readonly #found: string[] = [];
  #snapshots = 0;
  #place = '';
  /** Two run at the same time: what the server holds in between tells nothing. */
  #atOnce = false;
  readonly #mark: string;
  readonly #sabotage: Sabotage;

  constructor(server: LoggedServer, store: Store, scenario: Scenario, company: Company, mark: string, sabotage: Sabotage) {
    this.#sabotage = sabotage;
    this.#server = server;
    this.#store = store;
    this.#scenario = scenario;
    this.#company = company;
    this.#mark = mark;
    this.#witness = new Witness({
      version: server.version,
      mark,
      runs: this.#runs,
      signed: this.#signed,
      packageOf: (claim) => this.#packages.findIndex(({ id, bench }) => id === claim.package && bench.plan.plan === claim.plan),
    });
  }

  async told(): Promise<{ violations: string[]; story: string[] }> {
    const first = postgresConnector({ connectionString: this.#company.url() });
    this.#place = await first.place();
    await first.close();
    this.#packages.push(...(await applied(this.#store, this.#scenario, this.#mark, (name) => this.#company.of(name))));
    await this.#snapshot();
    for (const [at, step] of this.#scenario.steps.entries()) {
      await this.#step(step);
      await this.#wake(at);
    }
    await this.#end();
    const last = this.#witness.markOf(this.#snapshots - 1);
    this.#witness.read(await this.#server.linesUntil((line) => ended(line)?.startsWith(last) === true));
    const ledgers = await Promise.all(this.#packages.map(({ bench, id }) => this.#store.ledger({ plan: bench.plan.plan, wave: 'wave-1', package: id })));
    const final = finalViolations(this.#witness, this.#packages, this.#signed, ledgers);
    const plain = (lines: string[]) => lines.map((line) => line.replaceAll(`_${this.#mark}`, ''));
    return { violations: plain([...this.#witness.violations, ...this.#found, ...final]), story: plain(this.#witness.story) };
  }

  async close(): Promise<void> {
    for (const { pause } of this.#sleeping) pause.wake();
    await Promise.all(this.#sleeping.map(({ run }) => run));
    await this.#company.close();
  }

  /** Up to 15 a grant may outlive an account that is dropped before the grant is committed: nobody holds it. */
  async #snapshot(): Promise<Snapshot> {
    const { company, mark } = { company: this.#company, mark: this.#witness.markOf(this.#snapshots) };
    this.#snapshots += 1;
    const [found] = await company.rows<Pick<Snapshot, 'rows' | 'roles'>>(
      `${mark}, (select coalesce(json_agg(json_build_object('role', a.roleid::text, 'account', a.member::text, 'grantor', a.grantor::text, 'id', to_jsonb(a) ->> 'oid')), '[]')
         from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member where r.oid >= 16384 and m.oid >= 16384) as rows,
       (select json_agg(json_build_object('oid', oid::text, 'name', rolname, 'login', rolcanlogin)) from pg_roles where oid >= 16384 or oid = 10) as roles`,
    );
    const of = { place: this.#place, roles: roleNames.map((name) => company.of(name)) };
    const snapshot = { rows: found?.rows ?? [], roles: found?.roles ?? [], claims: await this.#store.claimsOn(of), ledger: await this.#store.ledgerOn(of) };
    this.#witness.add(snapshot);
    return snapshot;
  }

  #note = (text: string): Promise<unknown> => this.#company.rows(`select 'note: ${text.replaceAll("'", '')}'`);

  async #act(acts: Act[]): Promise<void> {
    if (acts.length === 0 || this.#atOnce) return;
    for (const act of acts) {
      await this.#company.play(act);
      await this.#snapshot();
    }
  }

  async #step({ package: asked, op, about, before, during, kill, pause }: Step): Promise<void> {
    const one = this.#packages[asked % this.#packages.length];
    await this.#act(before);
    if (!one || one.undone) return;
    if (!one.release) return this.#sign(one);
    const next = one.begun ? op : 'grant';
    const work = await this.#work(one, next, about);
    if (!work) return;
    const wakes = pause ? new Pause(pause.at) : undefined;
    const disturbance: Disturbance = {
      ...(kill ? { kill } : {}),
      ...(wakes ? { pause: wakes } : {}),
      ...(during ? { during: { ...during, play: () => this.#act(during.acts) } } : {}),
    };
    one.begun ||= next === 'grant';
    const outcome = wakes && pause ? await this.#twice(one, next, work, disturbance, wakes, pause.wakes) : await this.#carryOut(one, next, work, disturbance);
    const snapshot = await this.#snapshot();
    if ('done' in outcome && next === 'rollback') this.#rolledBack(one, outcome.done as Receipt);
    if ('done' in outcome && (next === 'verify' || (next === 'grant' && !during && !kill && !pause && before.every(({ do: did }) => !slow.has(did)))))
      this.#found.push(...ledgerViolations(snapshot, await this.#store.ledger(one.release), `${one.id}: after ${next}`));
  }

  /** By a worker that falls asleep, and by another one in its place. */
  async #twice(one: Released, op: Run['op'], work: Work, disturbance: Disturbance, pause: Pause, wakes: number): Promise<Outcome> {
    const run = this.#carryOut(one, op, work, disturbance);
    const first = await Promise.race([run, pause.reached]);
    if (first) return first;
    await this.#note(`${one.id}: ${op} sleeps`);
    this.#sleeping.push({ pause, wakes, run });
    await this.#snapshot();
    return this.#carryOut(one, op, work, {});
  }

  async #sign(one: Released): Promise<void> {
    const application = this.#runNamed(one, 'preview');
    const connector = postgresConnector({ connectionString: this.#company.url(), applicationName: application, lockTimeoutMs: 500 });
    one.bench.deps = { ...one.bench.deps, openSystem: async () => connector };
    try {
      await this.#note(`${one.id}: signed`);
      one.release = await patiently(() => one.bench.signed(one.id));
    } finally {
      await connector.close();
    }
    const content = await this.#store.preview(one.release.parts[0]?.digest ?? '');
    if (!content) throw new Error('the preview that was signed is not in the store');
    const rows = await this.#company.rows<{ oid: string }>(
      `select a.member::text as oid from pg_auth_members a join pg_roles r on r.oid = a.roleid where r.rolname = 'pg_read_all_stats'`,
    );
    this.#signed.set(one.index, { content, wide: new Set(rows.map(({ oid }) => oid)) });
    await this.#snapshot();
  }

  #runNamed(one: Released, op: Run['op']): string {
    const application = `rolewave ${one.id} ${op} ${this.#runs.size}`;
    this.#runs.set(application, { package: one.index, op, atOnce: this.#atOnce });
    return application;
  }

  #work = (one: Released, op: Run['op'], about: number): Promise<Work | undefined> =>
    workOf(one, op, { about, content: this.#signed.get(one.index)?.content, number: this.#runs.size });

  /** As Temporal does: again, until it is done or refused for good. Only the first attempt is disturbed. */
  async #carryOut(one: Released, op: Run['op'], work: Work, disturbance: Disturbance): Promise<Outcome> {
    let last = '';
    for (let attempt = 1; attempt <= attempts; attempt++) {
      try {
        const done = await this.#attempt(one, op, work, attempt === 1 ? disturbance : {});
        await this.#note(`  ${JSON.stringify(done)}`);
        return { done };
      } catch (error) {
        const outcome = this.#judge(one, op, error);
        await this.#note(`  ${String(error)}`);
        // Another worker has taken over from the one that slept.
        if (disturbance.pause?.isReached) return outcome ?? { killed: true };
        if (error instanceof Killed && disturbance.kill?.again === false) return { killed: true };
        if (outcome) return outcome;
        last = (error as Error).message;
        await sleep(attempt * 40);
      }
    }
    await this.#note(`${one.id}: ${op} gave up: ${last}`);
    return { gaveUp: last };
  }

  /** Undefined: it is tried again. */
  #judge(one: Released, op: string, error: unknown): Outcome | undefined {
    if (error instanceof Killed) return undefined;
    if (!(error instanceof ApplicationFailure)) {
      this.#found.push(`${one.id}: ${op} failed: ${String(error)}`);
      return undefined;
    }
    if (error.nonRetryable !== true) return undefined;
    if (error.type === 'Incomplete') return { done: error.details?.[0] };
    if (error.type !== 'NotCoveredBySignOffs') this.#found.push(`${one.id}: ${op} failed as ${error.type}: ${error.message}`);
    return { refused: String(error.type), why: error.message };
  }

  async #attempt(one: Released, op: Run['op'], work: Work, disturbance: Disturbance): Promise<unknown> {
    const applicationName = this.#runNamed(one, op);
    await this.#note(`${applicationName}${disturbance.kill ? `, killed ${disturbance.kill.at} of batch ${disturbance.kill.batch}` : ''}`);
    const connector = postgresConnector({ connectionString: this.#company.url(), applicationName, lockTimeoutMs: 500, connections: 2 });
    const afterEffect = async () => void (this.#atOnce || (await this.#snapshot()));
    try {
      return await work({
        store: disturbedStore(this.#store, disturbance),
        openSystem: async () =>
          disturbedConnector(
            this.#sabotage(connector, (name) => this.#company.of(name)),
            disturbance,
            afterEffect,
          ),
        grantsPerBatch: this.#scenario.perBatch,
      });
    } finally {
      await connector.close();
    }
  }

  async #wake(at: number): Promise<void> {
    for (const one of this.#sleeping.slice()) {
      if ((one.wakes -= 1) >= 0 && at < Infinity) continue;
      this.#sleeping.splice(this.#sleeping.indexOf(one), 1);
      await this.#note('a worker wakes up');
      one.pause.wake();
      await one.run;
      await this.#snapshot();
    }
  }

  /** Everything is rolled back, whatever state it is in. */
  async #end(): Promise<void> {
    const { before, withoutRight, order, kill } = this.#scenario.end;
    await this.#act(before);
    if (withoutRight) await this.#act([...roleNames.keys()].map((role) => ({ do: 'takeRight', role, cascade: false })));
    const left = this.#packages.filter(({ release, undone }) => release && !undone);
    if (order === 'second') left.reverse();
    const rollBack = async (one: Released, disturbance: Disturbance = {}) => {
      const work = await this.#work(one, 'rollback', 0);
      const outcome = work && (await this.#carryOut(one, 'rollback', work, disturbance));
      if (outcome && 'done' in outcome) this.#rolledBack(one, outcome.done as Receipt);
    };
    const disturbance = kill ? { kill } : {};
    if (order === 'both') {
      this.#atOnce = true;
      await Promise.all(left.map((one) => rollBack(one, disturbance)));
      this.#atOnce = false;
      await this.#snapshot();
    } else {
      for (const one of left) {
        await rollBack(one, disturbance);
        await this.#snapshot();
      }
    }
    await this.#company.letGo();
    await this.#wake(Infinity);
    await this.#company.returnRights();
    await this.#snapshot();
    for (const one of left.filter(({ undone }) => !undone)) await rollBack(one);
    await this.#wake(Infinity);
    await this.#snapshot();
  }

  #rolledBack(one: Released, receipt: Receipt): void {
    one.receipt = receipt;
    one.undone = receipt.failed.length === 0;
  }
}

const slow: ReadonlySet<Act['do']> = new Set(['widenUnderLock']);

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || (error instanceof ApplicationFailure && error.nonRetryable === true)) throw error;
      await sleep(attempt * 60);
    }
  }
}

/** Plays one scenario: real activities on a real server, with workers that die or sleep, and administrators in between. */
import { ApplicationFailure } from '@temporalio/activity';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector } from '../../connectors/connector.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
import type { Store } from '../../store/contract.ts';
import { usualPeople } from '../support/plan.ts';
import { opened } from './connections.ts';
import { disturbed, disturbedLine, Pause, type Disturbance } from './disturbances.ts';
import { applied, runTask, taskOf, type Released, type Task } from './packages.ts';
import type { Company, HostilePeer, HostileServer } from './peer.ts';
import { watchedConnector, watchedStore, type AtPoint } from './points.ts';
import { roleNames, type Act, type Scenario, type Step } from './scenario.ts';
import { finalViolations, ledgerViolations, receiptViolations } from './verdict.ts';
import { Witness, type Run, type Signed, type Snapshot } from './witness.ts';
import { FailedElsewhere, Killed, type Workers } from './workers.ts';

type Outcome = { done: unknown } | { refused: string; why: string } | { gaveUp: string } | { killed: true };

const attempts = 8;
let number = 0;

/** A Rolewave that breaks its promises, to see that the witness notices. `of`: the names of roles and accounts in this scenario. */
export type Sabotage = (connector: Connector, of: (name: string) => string) => Connector;

/** Where a story is played. `storeUrl`: the same store, for other processes. */
export interface Stage {
  peer: HostilePeer;
  server: HostileServer;
  store: Store;
  storeUrl: string;
  workers: Workers;
}

/** What was violated, and the story for people. */
export async function play(
  stage: Stage,
  scenario: Scenario,
  sabotage: Sabotage = (connector) => connector,
): Promise<{ violations: string[]; story: string[] }> {
  const mark = `x${process.pid.toString(36)}x${(number += 1)}`;
  const company = await stage.server.found(scenario.setup, scenario.held, mark);
  const story = new Story(stage, scenario, company, mark, sabotage);
  try {
    return await story.told();
  } finally {
    await story.close();
  }
}

class Story {
  readonly #stage: Stage;
  readonly #store: Store;
  readonly #scenario: Scenario;
  readonly #company: Company;
  readonly #packages: Released[] = [];
  readonly #runs = new Map<string, Run>();
  readonly #signed = new Map<number, Signed>();
  readonly #witness: Witness;
  readonly #sleeping: { pause: Pause; wakes: number; run: Promise<unknown> }[] = [];
  readonly #found: string[] = [];
  #place = '';
  /** Two run at the same time: what the server holds in between tells nothing. */
  #atOnce = false;
  readonly #mark: string;
  readonly #sabotage: Sabotage;

  constructor(stage: Stage, scenario: Scenario, company: Company, mark: string, sabotage: Sabotage) {
    this.#stage = stage;
    this.#store = stage.store;
    this.#scenario = scenario;
    this.#company = company;
    this.#mark = mark;
    this.#sabotage = sabotage;
    this.#witness = new Witness({
      keepsGrantorsApart: stage.peer.keepsGrantorsApart,
      tellsAll: stage.peer.tellsAll,
      runs: this.#runs,
      signed: this.#signed,
      packageOf: (claim) => this.#packages.findIndex(({ id, bench }) => id === claim.package && bench.plan.plan === claim.plan),
    });
  }

  async told(): Promise<{ violations: string[]; story: string[] }> {
    const { connection, end } = await this.#company.connect('rolewave');
    const first = opened(connection);
    this.#place = await first.place();
    await first.close();
    await end();
    this.#packages.push(...(await applied(this.#store, this.#scenario, this.#mark, (name) => this.#company.of(name))));
    await this.#snapshot();
    for (const [at, step] of this.#scenario.steps.entries()) {
      await this.#step(step);
      await this.#wake(at);
    }
    await this.#end();
    await this.#company.tell(this.#witness);
    const ledgers = await Promise.all(this.#packages.map(({ bench, id }) => this.#store.ledger({ plan: bench.plan.plan, wave: 'wave-1', package: id })));
    const final = finalViolations(this.#witness, this.#packages, this.#signed, ledgers, this.#company.mayStay);
    const plain = (lines: string[]) => lines.map((line) => line.replaceAll(`_${this.#mark}`, ''));
    return { violations: plain([...this.#witness.violations, ...this.#found, ...final]), story: plain(this.#witness.story) };
  }

  async close(): Promise<void> {
    for (const { pause } of this.#sleeping) pause.wake();
    await Promise.all(this.#sleeping.map(({ run }) => run));
    await this.#company.close();
  }

  async #snapshot(): Promise<Snapshot> {
    const roles = roleNames.map((name) => this.#company.of(name));
    const accounts = usualPeople.map((name) => this.#company.of(name));
    const of = { place: this.#place, grants: roles.flatMap((role) => accounts.map((account) => ({ role, account }))) };
    return this.#company.snapshot({ claims: await this.#store.claimsOn(of), ledger: await this.#store.ledgerOn(of) });
  }

  #note = (text: string): Promise<void> => this.#company.note(text);

  async #act(acts: Act[]): Promise<void> {
    if (acts.length === 0 || this.#atOnce) return;
    for (const act of acts) {
      await this.#company.play(act);
      await this.#snapshot();
    }
  }

  async #step({ package: asked, op, about, before, during, kill, pause, fault }: Step): Promise<void> {
    const one = this.#packages[asked % this.#packages.length];
    await this.#act(before);
    if (!one || one.undone) return;
    if (!one.release) return this.#sign(one);
    const next = one.begun ? op : 'grant';
    const task = await this.#task(one, next, about);
    if (!task) return;
    const wakes = pause ? new Pause(pause.at) : undefined;
    const disturbance: Disturbance = {
      ...(kill ? { kill } : {}),
      ...(wakes ? { pause: wakes } : {}),
      ...(during ? { during: { ...during, play: () => this.#act(during.acts) } } : {}),
      ...(fault ? { fault } : {}),
    };
    one.begun ||= next === 'grant';
    const outcome = wakes && pause ? await this.#twice(one, next, task, disturbance, wakes, pause.wakes) : await this.#carryOut(one, next, task, disturbance);
    const snapshot = await this.#snapshot();
    if ('done' in outcome && next === 'rollback') this.#rolledBack(one, outcome.done as Receipt, during || pause ? undefined : snapshot);
    if (
      'done' in outcome &&
      ((next === 'verify' && during?.at !== 'request') || (next === 'grant' && !during && !kill && !pause && before.every(({ do: did }) => !slow.has(did))))
    ) {
      const signed = this.#signed.get(one.index);
      if (!signed) throw new Error('what was signed is not known');
      this.#found.push(...ledgerViolations(snapshot, signed, await this.#store.ledger(one.release), `${one.id}: after ${next}`));
    }
  }

  /** By a worker that falls asleep, and by another one in its place. */
  async #twice(one: Released, op: Run['op'], task: Task, disturbance: Disturbance, pause: Pause, wakes: number): Promise<Outcome> {
    const run = this.#carryOut(one, op, task, disturbance);
    const first = await Promise.race([run, pause.reached]);
    if (first) return first;
    await this.#note(`${one.id}: ${op} sleeps`);
    this.#sleeping.push({ pause, wakes, run });
    await this.#snapshot();
    return this.#carryOut(one, op, task, {});
  }

  async #sign(one: Released): Promise<void> {
    const application = this.#runNamed(one, 'preview');
    const { connection, end } = await this.#company.connect(application);
    const connector = opened(connection);
    one.bench.deps = { ...one.bench.deps, openSystem: async () => connector };
    try {
      await this.#note(`${one.id}: signed`);
      one.release = await patiently(() => one.bench.signed(one.id));
    } finally {
      await connector.close();
      await end();
    }
    const content = await this.#store.preview(one.release.parts[0]?.digest ?? '');
    if (!content) throw new Error('the preview that was signed is not in the store');
    const { wide } = await this.#snapshot();
    this.#signed.set(one.index, { content, wide: new Set(wide) });
  }

  #runNamed(one: Released, op: Run['op']): string {
    const application = `rolewave ${one.id} ${op} ${this.#runs.size}`;
    this.#runs.set(application, { package: one.index, op, atOnce: this.#atOnce });
    return application;
  }

  #task = (one: Released, op: Run['op'], about: number): Promise<Task | undefined> =>
    taskOf(one, op, { about, content: this.#signed.get(one.index)?.content, number: this.#runs.size });

  /** As Temporal does: again, until it is done or refused for good. Only the first attempt is disturbed. */
  async #carryOut(one: Released, op: Run['op'], task: Task, disturbance: Disturbance): Promise<Outcome> {
    let last = '';
    for (let attempt = 1; attempt <= attempts; attempt++) {
      try {
        const done = await this.#attempt(one, op, task, attempt === 1 ? disturbance : {});
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
        await sleep(attempt * (last.startsWith(stillRunning) ? (this.#stage.peer.settlesMs ?? 40) : 40));
      }
    }
    await this.#note(`${one.id}: ${op} gave up: ${last}`);
    return { gaveUp: last };
  }

  /** Undefined: it is tried again. */
  #judge(one: Released, op: string, error: unknown): Outcome | undefined {
    if (error instanceof Killed) return undefined;
    if (!(error instanceof ApplicationFailure) && !(error instanceof FailedElsewhere && error.type !== undefined)) {
      this.#found.push(`${one.id}: ${op} failed: ${String(error)}`);
      return undefined;
    }
    if (error.nonRetryable !== true) return undefined;
    if (error.type === 'Incomplete') return { done: error.details?.[0] };
    if (error.type !== 'NotCoveredBySignOffs') this.#found.push(`${one.id}: ${op} failed as ${error.type}: ${error.message}`);
    return { refused: String(error.type), why: error.message };
  }

  /** Where its process is to be killed, in a process of its own. */
  async #attempt(one: Released, op: Run['op'], task: Task, disturbance: Disturbance): Promise<unknown> {
    const application = this.#runNamed(one, op);
    const { kill, fault, during } = disturbance;
    const what = [
      ...(kill ? [`killed ${kill.at} of batch ${kill.batch}`] : []),
      ...(fault ? [`answer ${fault.answer} ${fault.is}`] : []),
      ...(during ? [`administrators at ${during.at} ${during.nth}`] : []),
    ];
    await this.#note([application, ...what].join(', '));
    const { connection, end } = await this.#company.connect(application, disturbedLine(disturbance));
    const disturb = disturbed(disturbance, async () => void (this.#atOnce || (await this.#snapshot())));
    const at: AtPoint = async (point) => {
      if (point.at === 'call') await this.#company.reads?.(application);
      return disturb(point);
    };
    const { workers, storeUrl } = this.#stage;
    const grantsPerBatch = this.#scenario.perBatch;
    try {
      if (kill) {
        const { plan, deps } = one.bench;
        return await workers.run({ ...task, storeUrl, plan, trustedKeys: deps.trustedKeys, connection, grantsPerBatch }, at);
      }
      const connector = opened(connection);
      const sabotaged = this.#sabotage(connector, (name) => this.#company.of(name));
      try {
        const change = { store: watchedStore(this.#store, at), openSystem: async () => watchedConnector(sabotaged, at), grantsPerBatch };
        return await runTask(one.bench, change, task);
      } finally {
        await connector.close();
      }
    } catch (error) {
      if (error instanceof Killed) {
        await this.#company.quiet(application);
        if (!this.#atOnce) await this.#snapshot();
      }
      throw error;
    } finally {
      await end();
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
    const { before, withoutRight, order, kill, fault } = this.#scenario.end;
    await this.#act(before);
    if (withoutRight) {
      await this.#company.takeRights();
      await this.#snapshot();
    }
    const left = this.#packages.filter(({ release, undone }) => release && !undone);
    if (order === 'second') left.reverse();
    const rollBack = async (one: Released, disturbance: Disturbance = {}) => {
      const task = await this.#task(one, 'rollback', 0);
      const outcome = task && (await this.#carryOut(one, 'rollback', task, disturbance));
      if (outcome && 'done' in outcome) this.#rolledBack(one, outcome.done as Receipt, this.#atOnce ? undefined : await this.#snapshot());
    };
    const disturbance = { ...(kill ? { kill } : {}), ...(fault ? { fault } : {}) };
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

  /** `snapshot`: what was held when the receipt was written; undefined where somebody may have changed it since. */
  #rolledBack(one: Released, receipt: Receipt, snapshot: Snapshot | undefined): void {
    const signed = this.#signed.get(one.index);
    if (snapshot && signed) this.#found.push(...receiptViolations(snapshot, signed, receipt, one.id));
    one.receipt = receipt;
    one.undone = receipt.failed.length === 0;
  }
}

const slow: ReadonlySet<Act['do']> = new Set(['widenMeanwhile']);

const stillRunning = 'an earlier attempt is still changing grants';

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

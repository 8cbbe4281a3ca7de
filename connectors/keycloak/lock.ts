/**
 * Processes of Rolewave take turns at one group or role. Keycloak offers nothing for that, except that the name of a group is unique: a lock is a group below
 * the site's `lockGroup`, and the process that could create it has the turn. It says what its holder is about to do, and until when that can still happen: a change is sent
 * with one token and no other, so that after the end of that token nothing of it can come (decision 234).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { KeycloakRefused } from './answers.ts';
import type { EntitlementKey } from './entitlements.ts';
import type { KeycloakSession } from './session.ts';
import type { KeycloakSettings } from './settings.ts';
import { isForgotten, newNonce, readTransaction, transactionText, type Transaction } from './transaction.ts';
import type { Token } from './token.ts';

export interface Lock {
  id: string;
  name: string;
  nonce: string;
  lockGroupId: string;
}

/** As another process left it. */
export interface FoundLock {
  id: string;
  name: string;
  /** undefined: nothing was told yet, and nothing will be done. */
  armed: { transaction: Transaction; untilMs: number } | undefined;
}

export type Verdict = 'committed' | 'aborted' | 'unknown';

const groupSchema = z.object({ id: z.string().min(1), name: z.string(), attributes: z.record(z.string(), z.array(z.string())).optional() });
/** How long a turn is waited for. */
const waitMs = 30_000;
/** A holder that has not told what it does by then has died. */
const unarmedMs = 20_000;
const [transactionAttribute, untilAttribute] = ['rolewave-transaction', 'rolewave-until'];
const mostMarkers = 100;

export class Locks {
  readonly #session: KeycloakSession;
  readonly #lockGroup: string;
  #groupId: string | undefined;

  constructor(session: KeycloakSession, { lockGroup }: KeycloakSettings) {
    this.#session = session;
    this.#lockGroup = lockGroup;
  }

  /** `breakLock`: finds out what became of the change of a lock that stands in the way; true if it may go. */
  async take(of: Pick<EntitlementKey, 'id' | 'name'>, breakLock: (found: FoundLock) => Promise<boolean>): Promise<Lock> {
    const name = lockName(of.id);
    const deadline = Date.now() + waitMs;
    const seen = new Map<string, number>();
    for (;;) {
      const lockGroupId = await this.group();
      const created = await this.#create(lockGroupId, name);
      if (created === 'noGroup') {
        this.#groupId = undefined;
        continue;
      }
      if (created !== undefined) return { id: created, name, nonce: newNonce(), lockGroupId };
      const found = await this.find(of.id);
      if (!found) continue;
      const sinceMs = seen.get(found.id) ?? Date.now();
      seen.set(found.id, sinceMs);
      if (found.armed ? isOver(found.armed.untilMs, this.#session.nowMs()) && (await breakLock(found)) : Date.now() - sinceMs > unarmedMs) {
        await this.remove(found.id);
        continue;
      }
      if (Date.now() > deadline) throw new SystemUnavailable(`another process of Rolewave changes who holds '${of.name}'`);
      await sleep(20 + Math.random() * 60);
    }
  }

  /** Tells what is about to be done, in case that this process dies. Rejects where the turn is lost. */
  async arm({ id, name }: Lock, transaction: Transaction, { expiresMs }: Token): Promise<void> {
    const attributes = { [transactionAttribute]: chunks(transactionText(transaction)), [untilAttribute]: [String(expiresMs)] };
    try {
      await this.#session.send({ about: 'the turn cannot be kept', method: 'PUT', path: ['groups', id], body: { name, attributes } });
    } catch (error) {
      if (error instanceof KeycloakRefused && error.status === 404) throw new SystemUnavailable('the turn was lost: this took too long');
      throw error;
    }
  }

  async find(entitlementId: string): Promise<FoundLock | undefined> {
    const name = lockName(entitlementId);
    const group = await this.#below(name);
    if (!group) return undefined;
    const { [transactionAttribute]: parts = [], [untilAttribute]: until = [] } = group.attributes ?? {};
    const transaction = readTransaction(whole(parts));
    return { id: group.id, name, armed: transaction && { transaction, untilMs: Number(until[0] ?? Infinity) } };
  }

  /** Of two that remove the same, Keycloak may fail for one. */
  async remove(id: string): Promise<void> {
    const about = 'the turn cannot be ended';
    try {
      await this.#session.send({ about, method: 'DELETE', path: ['groups', id] });
    } catch (error) {
      if (await this.#session.find({ about, path: ['groups', id] }, groupSchema)) throw error;
    }
  }

  /** What became of a change, where that is not that it was done. */
  async mark({ nonce, lockGroupId }: { nonce: string; lockGroupId: string }, verdict: 'aborted' | 'unknown'): Promise<void> {
    const made = await this.#create(lockGroupId, `${verdict}:${nonce}`);
    if (made !== undefined && made !== 'noGroup') await this.#forget(lockGroupId);
  }

  async marked(nonce: string): Promise<'aborted' | 'unknown' | undefined> {
    for (const verdict of ['aborted', 'unknown'] as const) if (await this.#below(`${verdict}:${nonce}`)) return verdict;
    return undefined;
  }

  /** Id of the group that holds the locks, which is made where it is missing. `anew`: somebody may have removed the one that is known. */
  async group({ anew = false } = {}): Promise<string> {
    if (this.#groupId !== undefined && !anew) return this.#groupId;
    const about = `the group '${this.#lockGroup}', in which Rolewave's processes take turns, cannot be made`;
    for (let attempt = 1; ; attempt++) {
      const found = await this.#session.find({ about, path: ['group-by-path', this.#lockGroup] }, groupSchema);
      if (found) return (this.#groupId = found.id);
      try {
        await this.#session.send({ about, method: 'POST', path: ['groups'], body: { name: this.#lockGroup } });
      } catch (error) {
        if (!(error instanceof KeycloakRefused) || error.status !== 409 || attempt === 3) throw error;
      }
    }
  }

  /** undefined: there is one of this name. */
  async #create(parent: string, name: string): Promise<string | undefined> {
    try {
      const answer = await this.#session.send({ about: 'a turn cannot be taken', method: 'POST', path: ['groups', parent, 'children'], body: { name } });
      const id = /\/([^/]+)$/.exec(answer.headers.location ?? '')?.[1] ?? (await this.#below(name))?.id;
      if (id === undefined) throw new SystemUnavailable('a turn cannot be taken: the answer is not what Keycloak answers (at location)');
      return id;
    } catch (error) {
      if (!(error instanceof KeycloakRefused)) throw error;
      if (error.status === 409) return undefined;
      if (error.status === 404) return 'noGroup';
      throw error;
    }
  }

  #below(name: string): Promise<z.output<typeof groupSchema> | undefined> {
    const about = `locks in the group '${this.#lockGroup}' cannot be read`;
    return this.#session.find({ about, path: ['group-by-path', this.#lockGroup, name] }, groupSchema);
  }

  /** Marks that nobody asks about any more. */
  async #forget(parent: string): Promise<void> {
    const query = { first: 0, max: mostMarkers, briefRepresentation: true };
    const about = `locks in the group '${this.#lockGroup}' cannot be read`;
    const all = await this.#session.get({ about, path: ['groups', parent, 'children'], query }, z.array(groupSchema));
    for (const { id, name } of all) {
      const [, nonce] = /^(?:aborted|unknown):(.+)$/.exec(name) ?? [];
      if (nonce !== undefined && isForgotten(nonce)) await this.remove(id);
    }
  }
}

/** How long after the end of its token a request that came before it may still be worked on. */
const settleMs = 3_000;
/** From then on, nothing can come of a change that was to be made with a token until then. */
export const isOver = (untilMs: number, nowMs: number): boolean => nowMs > untilMs + settleMs;

const lockName = (entitlementId: string): string => `lock:${entitlementId}`;

/** A value of an attribute has at most 255 characters in older versions; the order of several is not kept. */
const chunkLength = 200;
const chunks = (text: string): string[] =>
  Array.from({ length: Math.ceil(text.length / chunkLength) }, (_, at) => `${at} ${text.slice(at * chunkLength, (at + 1) * chunkLength)}`);
const whole = (parts: string[]): string =>
  parts
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((part) => part.replace(/^\d+ /, ''))
    .join('');

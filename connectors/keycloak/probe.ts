/**
 * What this realm really does: tried on a top-level group that the probe creates and removes. What differs between realms is what admin events tell, and what
 * providers of users and groups make of a change (decision 249).
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Findings, type Reliance, relies, reliesOnAdding, reliesOnRegrant, reliesOnRemoving } from '../../domain/access/server-behaviour.ts';
import { ProbeRefused, removedInTime, type Scratch, type ServerProbe } from '../../domain/access/server-probe.ts';
import { isRefusal, KeycloakRefused } from './answers.ts';
import type { Account } from './accounts.ts';
import { Events } from './events.ts';
import { grantsOf, type Realm } from './realm.ts';

export function keycloakProbe(realm: Realm): ServerProbe {
  return {
    reliesOn: reliancesOf(realm),
    server: async () => {
      const version = await realm.session.version();
      return version === undefined ? 'Keycloak' : `Keycloak ${version}`;
    },
    assumed: async () => ({
      addOne: { is: 'leavesOthers', by: 'standard' },
      addAgain: { is: 'changesNothing', by: 'standard' },
      addUnknown: { is: 'refused', by: 'standard' },
      removeOne: { is: 'leavesOthers', by: 'standard' },
      removeAbsent: { is: 'changesNothing', by: 'standard' },
      removeLast: { is: 'done', by: 'standard' },
      staleChange: { is: 'notOffered', by: 'standard' },
      partlyBad: { is: 'notOffered', by: 'standard' },
      regrant: { is: (await keepsEvents(realm)) ? 'told' : 'notTold', by: 'said' },
    }),
    measure: (scratch, signal) => measured(realm, scratch, signal),
  };
}

function reliancesOf({ settings: { soleWriter } }: Realm): Reliance[] {
  const fix = 'fix that in Keycloak, or make the system readOnly in the site file';
  return [
    reliesOnAdding(fix),
    reliesOnRemoving(fix, 'takes the access of others'),
    relies({
      behaviour: 'removeAbsent',
      answers: ['changesNothing', 'refused'],
      for: 'revoke',
      otherwise: 'where somebody was faster, others would lose access',
      fix,
    }),
    ...(soleWriter
      ? []
      : [
          reliesOnRegrant(
            "turn on Realm settings > Events > Admin events settings > Save events, and Include representation, and give Rolewave's login the role view-events; set soleWriter where nobody else changes these groups and roles; or set withoutRevoke: leave where rollbacks may leave what was granted",
          ),
        ]),
  ];
}

/** The site may say that nobody else is at work: then the connector reads no events, and whether there are any is asked all the same. */
const eventsOf = ({ session, settings }: Realm): Events => new Events(session, { ...settings, soleWriter: false });

async function keepsEvents(realm: Realm): Promise<boolean> {
  try {
    return (await eventsOf(realm).config()).isKept;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

const groupsSchema = z.array(z.object({ id: z.string().min(1), name: z.string(), subGroupCount: z.number().optional() }));
const membersSchema = z.array(z.object({ id: z.string().min(1) }));
const mostFound = 1_000;

async function measured(realm: Realm, scratch: Scratch, signal: AbortSignal): Promise<Findings> {
  const accounts = await accountsOf(realm, scratch);
  await removeLeftovers(realm, scratch, accounts);
  const group = await ScratchGroup.create(realm, scratch, signal);
  try {
    await group.assertNew();
    return await tried(realm, group, accounts);
  } finally {
    await group.remove();
  }
}

async function accountsOf({ accounts }: Realm, scratch: Scratch): Promise<[Account, Account]> {
  const found = await accounts.named([...scratch.accounts]);
  const [one, other] = scratch.accounts.map((name) => found.get(name));
  if (!one || !other) throw new ProbeRefused(`account '${scratch.accounts[one ? 1 : 0]}' of probe.accounts does not exist: name two accounts that do`);
  return [one, other];
}

/** Of a probe that died, or whose answer was lost. A group that holds anything else is nobody's scratch. */
async function removeLeftovers({ session }: Realm, { prefix, isOurs, removalMs }: Scratch, accounts: Account[]): Promise<void> {
  const about = 'groups that earlier probes may have left cannot be read';
  const found = await session.get({ about, path: ['groups'], query: { search: prefix, first: 0, max: mostFound } }, groupsSchema);
  for (const { id, name, subGroupCount = 0 } of found) {
    if (!isOurs(name)) continue;
    const members = await session.get({ about, path: ['groups', id, 'members'], query: { first: 0, max: 10, briefRepresentation: true } }, membersSchema);
    if (subGroupCount > 0 || members.some((member) => !accounts.some((account) => account.id === member.id)))
      throw new ProbeRefused(`group '/${name}' has the name of a probe's group, and holds others than probe.accounts: look at it, and remove or rename it`);
    await removed(session, { id, name }, removalMs);
  }
}

const removed = (session: Realm['session'], { id, name }: { id: string; name: string }, withinMs: number): Promise<void> =>
  removedInTime(
    { role: name, what: `group '/${name}'` },
    async (signal) => {
      try {
        await session.send({ about: 'it was asked to', method: 'DELETE', path: ['groups', id], signal });
      } catch (error) {
        if (error instanceof KeycloakRefused && error.status === 404) return;
        // A right that is missing is given back, and the probe is tried again after an hour, as where the server refuses.
        throw isRefusal(error) ? new ProbeRefused(error.message) : error;
      }
    },
    withinMs,
  );

class ScratchGroup {
  readonly #realm: Realm;
  readonly #id: string;
  readonly name: string;
  readonly #removalMs: number;
  readonly #signal: AbortSignal;
  #isOurs = true;

  private constructor(realm: Realm, id: string, { role, removalMs }: Scratch, signal: AbortSignal) {
    this.#realm = realm;
    this.#id = id;
    this.name = role;
    this.#removalMs = removalMs;
    this.#signal = signal;
  }

  static async create(realm: Realm, scratch: Scratch, signal: AbortSignal): Promise<ScratchGroup> {
    const about = 'no scratch group could be created';
    signal.throwIfAborted();
    try {
      const answer = await realm.session.send({ about, method: 'POST', path: ['groups'], body: { name: scratch.role } });
      const id = /\/([^/]+)$/.exec(answer.headers.location ?? '')?.[1];
      if (id === undefined) throw new ProbeRefused(`${about}: the answer is not what Keycloak answers (at location)`);
      return new ScratchGroup(realm, id, scratch, signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw new ProbeRefused(
        `${error.message}. Give Rolewave's login the role manage-users of the client realm-management, or take probe out of the site file`,
      );
    }
  }

  /** Whether it is the group that was asked for, and nobody's yet. */
  async assertNew(): Promise<void> {
    const about = 'the scratch group cannot be read';
    const made = await this.#realm.session.get({ about, path: ['groups', this.#id] }, z.object({ name: z.string() }));
    if (made.name === this.name && (await this.#everybody()).size === 0) return;
    this.#isOurs = false;
    throw new ProbeRefused(
      `no scratch group could be created: Keycloak answered another group than the one that was asked for (${this.#id}), which was left alone`,
    );
  }

  /** Whatever has happened: also after the time of the probe is over. */
  async remove(): Promise<void> {
    if (this.#isOurs) await removed(this.#realm.session, { id: this.#id, name: this.name }, this.#removalMs);
  }

  members(): Promise<Set<string>> {
    this.#signal.throwIfAborted();
    return this.#everybody();
  }

  /** Also when the time is over, because what was created has to be known to be removed. */
  async #everybody(): Promise<Set<string>> {
    const asked = { about: 'members of the scratch group cannot be read', path: ['groups', this.#id, 'members'], query: { first: 0, max: 10 } };
    return new Set((await this.#realm.session.get(asked, membersSchema)).map(({ id }) => id));
  }

  /** Whether Keycloak did it; false: it refused. */
  async change(method: 'PUT' | 'DELETE', accountId: string): Promise<boolean> {
    this.#signal.throwIfAborted();
    try {
      await this.#realm.session.send({ about: 'the scratch group cannot be changed', method, path: ['users', accountId, 'groups', this.#id] });
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }
}

const found = <Is extends string>(is: Is) => ({ is, by: 'measured' as const });

/** What could not be reached, because an earlier answer stands in its way, is left out. */
async function tried(realm: Realm, group: ScratchGroup, [one, other]: [Account, Account]): Promise<Findings> {
  const findings: Findings = {};
  const areAdded = (await group.change('PUT', one.id)) && (await group.change('PUT', other.id));
  const members = await group.members();
  findings.addOne = found(!areAdded ? 'refused' : !members.has(other.id) ? 'changesNothing' : members.has(one.id) ? 'leavesOthers' : 'replacesOthers');
  if (findings.addOne.is !== 'leavesOthers') return findings;
  findings.addAgain = found((await group.change('PUT', other.id)) ? 'changesNothing' : 'refused');

  const wasRemoved = await group.change('DELETE', other.id);
  const left = await group.members();
  findings.removeOne = found(!wasRemoved ? 'refused' : left.has(other.id) ? 'changesNothing' : left.has(one.id) ? 'leavesOthers' : 'removesOthers');
  if (findings.removeOne.is !== 'leavesOthers') return findings;

  const absent = await group.change('DELETE', other.id);
  findings.removeAbsent = found(!(await group.members()).has(one.id) ? 'removesOthers' : absent ? 'changesNothing' : 'refused');

  const nobody = randomUUID();
  const isTaken = await group.change('PUT', nobody);
  findings.addUnknown = found(isTaken ? ((await group.members()).has(nobody) ? 'accepted' : 'changesNothing') : 'refused');

  findings.regrant = found(await givingAgain(realm, group, other));
  const wasLastRemoved = await group.change('DELETE', one.id);
  findings.removeLast = found(wasLastRemoved && !(await group.members()).has(one.id) ? 'done' : 'refused');
  return findings;
}

/** Whether admin events tell two accesses of one person apart. */
async function givingAgain(realm: Realm, group: ScratchGroup, other: Account) {
  const reading: Realm = { ...realm, events: eventsOf(realm) };
  const ids: (string | undefined)[] = [];
  for (let time = 0; time < 2; time++) {
    await group.change('PUT', other.id);
    const entitlement = await realm.entitlements.named(`/${group.name}`);
    const grants = entitlement ? await grantsOf(reading, entitlement).catch(noneIfRefused) : [];
    ids.push(grants.find(({ accountId }) => accountId === other.id)?.id);
    await group.change('DELETE', other.id);
  }
  const [first, second] = ids;
  return first !== undefined && second !== undefined && first !== second ? 'told' : 'notTold';
}

function noneIfRefused(error: unknown): [] {
  if (isRefusal(error)) return [];
  throw error;
}

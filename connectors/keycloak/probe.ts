/**
 * What this realm really does: tried on a top-level group that the probe creates and removes. What differs between realms is what admin events tell, and what
 * providers of users and groups make of a change (decision 249).
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type Findings, type Reliance, relies, reliesOnAdding, reliesOnRegrant, reliesOnRemoving } from '../../domain/access/server-behaviour.ts';
import { ProbeRefused, type Scratch, type ServerProbe } from '../../domain/access/server-probe.ts';
import { absentRemovalIs, additionIs, found, measuredInScratch, regrantIs, removalIs, type ScratchKind } from '../scratch.ts';
import { isRefusal, KeycloakRefused } from './answers.ts';
import type { Account } from './accounts.ts';
import { Events } from './events.ts';
import { grantsOf, type Realm } from './realm.ts';

export function keycloakProbe(realm: Realm): ServerProbe {
  return {
    reliesOn: reliancesOf(realm),
    server: async () => {
      const version = await realm.session.version();
      return version === undefined ? 'Keycloak (it does not show its version to this login)' : `Keycloak ${version}`;
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
    measure: (scratch, signal) => measuredInScratch(scratch, kindOf(realm, scratch, signal)),
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

type Made = Pick<ScratchGroup, 'id' | 'name'>;
const subgroup = 'a subgroup';

const kindOf = (realm: Realm, scratch: Scratch, signal: AbortSignal): ScratchKind<Account, Made> => {
  const { session } = realm;
  const inScratch = ({ id, name }: Made) => new ScratchGroup(realm, { id, name }, signal);
  return {
    accounts: (names) => realm.accounts.named(names),
    beginningWith: (prefix) => {
      const about = 'groups that earlier probes may have left cannot be read';
      return session.get({ about, path: ['groups'], query: { search: prefix, first: 0, max: mostFound } }, groupsSchema);
    },
    holders: async ({ id }) => {
      const about = 'members of a group that an earlier probe may have left cannot be read';
      const { subGroupCount = 0 } = await session.get({ about, path: ['groups', id] }, z.object({ subGroupCount: z.number().optional() }));
      const members = await session.get({ about, path: ['groups', id, 'members'], query: { first: 0, max: 10, briefRepresentation: true } }, membersSchema);
      return [...members.map((member) => member.id), ...(subGroupCount > 0 ? [subgroup] : [])];
    },
    isProbes: (holder, accounts) => accounts.some(({ id }) => id === holder),
    words: ({ name }) => `group '/${name}'`,
    create: () => created(realm, scratch, signal),
    isNew: async ({ id, name }) => {
      const made = await session.get({ about: 'the scratch group cannot be read', path: ['groups', id] }, z.object({ name: z.string() }));
      return made.name === name && (await membersOf(realm, id)).size === 0;
    },
    remove: async ({ id }, late) => {
      try {
        await session.send({ about: 'it was asked to', method: 'DELETE', path: ['groups', id], signal: late });
      } catch (error) {
        if (error instanceof KeycloakRefused && error.status === 404) return;
        // A right that is missing is given back, and the probe is tried again after an hour, as where the server refuses.
        throw isRefusal(error) ? new ProbeRefused(error.message) : error;
      }
    },
    try: (group, accounts) => tried(realm, inScratch(group), accounts),
  };
};

async function created({ session }: Realm, { role: name }: Scratch, signal: AbortSignal): Promise<Made> {
  const about = 'no scratch group could be created';
  signal.throwIfAborted();
  try {
    const answer = await session.send({ about, method: 'POST', path: ['groups'], body: { name } });
    const id = /\/([^/]+)$/.exec(answer.headers.location ?? '')?.[1];
    if (id === undefined) throw new ProbeRefused(`${about}: the answer is not what Keycloak answers (at location)`);
    return { id, name };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new ProbeRefused(`${error.message}. Give Rolewave's login the role manage-users of the client realm-management, or take probe out of the site file`);
  }
}

async function membersOf({ session }: Realm, id: string): Promise<Set<string>> {
  const asked = { about: 'members of the scratch group cannot be read', path: ['groups', id, 'members'], query: { first: 0, max: 10 } };
  return new Set((await session.get(asked, membersSchema)).map((member) => member.id));
}

class ScratchGroup {
  readonly #realm: Realm;
  readonly id: string;
  readonly name: string;
  readonly #signal: AbortSignal;

  constructor(realm: Realm, { id, name }: { id: string; name: string }, signal: AbortSignal) {
    this.#realm = realm;
    this.id = id;
    this.name = name;
    this.#signal = signal;
  }

  members(): Promise<Set<string>> {
    this.#signal.throwIfAborted();
    return membersOf(this.#realm, this.id);
  }

  /** Whether Keycloak did it; false: it refused. */
  async change(method: 'PUT' | 'DELETE', accountId: string): Promise<boolean> {
    this.#signal.throwIfAborted();
    try {
      await this.#realm.session.send({ about: 'the scratch group cannot be changed', method, path: ['users', accountId, 'groups', this.id] });
      return true;
    } catch (error) {
      if (isRefusal(error)) return false;
      throw error;
    }
  }
}

/** What could not be reached, because an earlier answer stands in its way, is left out. */
async function tried(realm: Realm, group: ScratchGroup, [one, other]: [Account, Account]): Promise<Findings> {
  const findings: Findings = {};
  const areAdded = (await group.change('PUT', one.id)) && (await group.change('PUT', other.id));
  const members = await group.members();
  findings.addOne = found(additionIs({ isDone: areAdded, one: members.has(one.id), other: members.has(other.id) }));
  if (findings.addOne.is !== 'leavesOthers') return findings;
  findings.addAgain = found((await group.change('PUT', other.id)) ? 'changesNothing' : 'refused');

  const wasRemoved = await group.change('DELETE', other.id);
  const left = await group.members();
  findings.removeOne = found(removalIs({ isDone: wasRemoved, one: left.has(one.id), other: left.has(other.id) }));
  if (findings.removeOne.is !== 'leavesOthers') return findings;

  const isDone = await group.change('DELETE', other.id);
  findings.removeAbsent = found(absentRemovalIs({ isDone, one: (await group.members()).has(one.id) }));

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
  return regrantIs({
    give: () => group.change('PUT', other.id),
    id: async () => {
      const entitlement = await realm.entitlements.named(`/${group.name}`);
      const grants = entitlement ? await grantsOf(reading, entitlement).catch(noneIfRefused) : [];
      return grants.find(({ accountId }) => accountId === other.id)?.id;
    },
    take: () => group.change('DELETE', other.id),
  });
}

function noneIfRefused(error: unknown): [] {
  if (isRefusal(error)) return [];
  throw error;
}

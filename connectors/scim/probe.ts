/**
 * What this SCIM server really does: tried on a group that the probe creates and removes. RFC 7644 leaves open what becomes of a member who is added again or whom
 * nobody knows, and servers differ from their ServiceProviderConfig (decision 249).
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Findings, type Reliance, relies, reliesOnAdding, reliesOnRegrant, reliesOnRemoving } from '../../domain/access/server-behaviour.ts';
import { ProbeRefused, type Scratch, type ServerProbe } from '../../domain/access/server-probe.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { absentRemovalIs, found, measuredInScratch, removalIs, type ScratchKind } from '../scratch.ts';
import { operationsOn } from './entitlements.ts';
import { listed } from './listing.ts';
import type { Server } from './members.ts';
import { idOf, isId, isResource, textOf, valueOf, versionIn, type Resource } from './resource.ts';
import type { Operation } from './session.ts';
import { isSoleWriter, type ScimSettings } from './settings.ts';
import { ScimRefused, statusWords, type Answer } from './statuses.ts';

const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** Some servers show a change a moment later: what should show is waited for as long as the connector does, what should not, for less. */
const readAgainMs = [0, 100, 300, 600];
const longMs = [...readAgainMs, 1_000, 2_000];

export function scimProbe(server: Server): ServerProbe {
  const { session, settings } = server;
  return {
    reliesOn: reliancesOf(settings),
    server: async () => {
      const { body } = await session.send({ method: 'GET', path: 'ServiceProviderConfig' });
      // Servers of SCIM say no version: what they say of themselves stands for it.
      return `SCIM 2.0 (ServiceProviderConfig ${createHash('sha256')
        .update(JSON.stringify(body ?? null))
        .digest('hex')
        .slice(0, 12)})`;
    },
    assumed: async () => {
      const { patches } = await session.facts(true);
      const one = patches ? ({ is: 'leavesOthers', by: 'standard' } as const) : ({ is: 'refused', by: 'said' } as const);
      return {
        addOne: one,
        addAgain: { is: 'doubles', by: 'assumed' },
        addUnknown: { is: 'accepted', by: 'assumed' },
        removeOne: one,
        removeAbsent: { is: 'refused', by: 'standard' },
        // What a server says of ETags is often not so.
        staleChange: { is: 'applied', by: 'assumed' },
        partlyBad: { is: 'doneInPart', by: 'assumed' },
        regrant: { is: 'notTold', by: 'standard' },
      };
    },
    // A value of an attribute that no site lists could stay with a person for good.
    ...(settings.attribute ? {} : { measure: (scratch, signal) => measuredInScratch(scratch, kindOf(server, scratch, signal)) }),
  };
}

/** `soleWriter`: nobody else is at work, so that what is held tells. */
function reliancesOf(settings: ScimSettings): Reliance[] {
  const { attribute } = settings;
  const others = 'it would take access from people whom no plan names';
  const fix = 'update or configure the SCIM server, or make the system readOnly in the site file';
  const soleWriter = `set ${attribute ? 'attribute' : 'groups'}.soleWriter in the site file where nobody else changes it, or withoutRevoke: leave where rollbacks may leave what was granted`;
  return [
    reliesOnAdding(fix),
    reliesOnRemoving(fix, others),
    relies({ behaviour: 'removeAbsent', answers: ['changesNothing', 'refused'], for: 'revoke', otherwise: `where somebody was faster, ${others}`, fix }),
    ...(isSoleWriter(settings)
      ? []
      : [
          reliesOnRegrant(soleWriter),
          relies({
            behaviour: 'addAgain',
            answers: ['changesNothing', 'refused', 'doubles'],
            for: 'revoke',
            otherwise: 'where two add the same person, a revoke would leave the access that it was to take',
            fix: soleWriter,
            mayBeAccepted: true,
          }),
        ]),
  ];
}

interface Made {
  id: string;
  name: string;
  path: string;
}

type Users = Server['users'];
type User = Awaited<ReturnType<Users['named']>> extends ReadonlyMap<string, infer One> ? One : never;

function kindOf(server: Server, scratch: Scratch, signal: AbortSignal): ScratchKind<User, Made> {
  const { session, users } = server;
  /** Undefined: it is gone, or has another name. */
  const membersOf = async ({ name, path }: Made): Promise<string[] | undefined> => {
    const read = await session.get(path, `group '${name}'`);
    return read && textOf(read.body, 'displayName') === name ? valuesOf(read.body) : undefined;
  };
  return {
    accounts: (names) => users.named(names),
    beginningWith: (prefix) => beginningWith(server, prefix),
    holders: membersOf,
    isProbes: (holder, accounts) => isProbesNobody(holder) || accounts.some(({ id }) => id === holder),
    words: ({ name }) => `group '${name}'`,
    create: () => created(server, scratch),
    isNew: async (group) => (await membersOf(group))?.length === 0,
    remove: async ({ path }, late) => {
      const answer = await session.send({ method: 'DELETE', path, signal: late });
      const isGone = (answer.status >= 200 && answer.status < 300) || answer.status === 404;
      if (!isGone) throw refusal(answer);
      const after = await session.send({ method: 'GET', path, signal: late });
      if (after.status !== 404) throw refusal(after.status === 200 ? answer : after);
    },
    try: (group, [one, other]) => tried(new ScratchGroup(server, group, signal), [one.id, other.id]),
  };
}

async function beginningWith({ session }: Server, prefix: string): Promise<Made[]> {
  const attributes = ['id', 'displayName'];
  const all = await listed(session, { of: 'Groups', attributes, filter: `displayName sw ${JSON.stringify(prefix)}` }).catch(async (error: unknown) => {
    if (!(error instanceof ScimRefused)) throw error;
    return listed(session, { of: 'Groups', attributes });
  });
  return (all ?? []).map((resource) => {
    const id = idOf(resource, 'a group');
    return { id, name: textOf(resource, 'displayName') ?? '', path: `Groups/${encodeURIComponent(id)}` };
  });
}

async function created({ session, settings }: Server, { role: name }: Scratch): Promise<Made> {
  const externalId = settings.groups.name === 'externalId' ? { externalId: name } : {};
  const answer = await session.send({ method: 'POST', path: 'Groups', body: { schemas: [groupSchema], displayName: name, ...externalId } });
  const id = answer.status === 201 && answer.body ? textOf(answer.body, 'id') : undefined;
  if (id === undefined || !isId(id))
    throw new ProbeRefused(
      `no scratch group could be created: ${statusWords(answer)}. Let Rolewave's client create and remove groups, or take probe out of the site file`,
    );
  return { id, name, path: `Groups/${encodeURIComponent(id)}` };
}

/** A server that is busy or broken is asked again. */
const refusal = (answer: Answer): Error =>
  answer.status === 429 || answer.status >= 500 ? new SystemUnavailable(statusWords(answer)) : new ProbeRefused(statusWords(answer));

/** Ids that nobody has: the members by which a server's answer to an unknown one is tried. */
const nobodysPrefix = '00000000-0000-4000-8000-';
const isProbesNobody = (id: string) => id.startsWith(nobodysPrefix);

/** Also those that are listed twice. */
function valuesOf(group: Resource): string[] {
  const all = valueOf(group, 'members') ?? [];
  if (!Array.isArray(all)) throw new ProbeRefused('the members of the scratch group are not a list of RFC 7643');
  return all.map((each: unknown) => (isResource(each) ? (textOf(each, 'value') ?? '') : String(each)));
}

class ScratchGroup {
  readonly #server: Server;
  readonly #name: string;
  readonly #path: string;
  readonly #signal: AbortSignal;

  constructor(server: Server, { name, path }: Made, signal: AbortSignal) {
    this.#server = server;
    this.#name = name;
    this.#path = path;
    this.#signal = signal;
  }

  async read(): Promise<{ members: string[]; version: string | undefined }> {
    this.#signal.throwIfAborted();
    const found = await this.#server.session.get(this.#path, `group '${this.#name}'`);
    if (!found) throw new ProbeRefused(`the scratch group '${this.#name}' was removed by somebody else while it was used`);
    return { members: valuesOf(found.body).toSorted(), version: found.version ?? versionIn(found.body) };
  }

  /** The members once they are these, or after some time what they are. */
  async members(expected: string[], waitsMs = readAgainMs): Promise<string[]> {
    const wanted = JSON.stringify(expected.toSorted());
    let members: string[] = [];
    for (const waitMs of waitsMs) {
      // The read says why it was aborted.
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.#signal }).catch(() => undefined);
      ({ members } = await this.read());
      if (JSON.stringify(members) === wanted) break;
    }
    return members;
  }

  async patch(operations: Operation[], version?: string): Promise<Answer> {
    this.#signal.throwIfAborted();
    return this.#server.session.send({ method: 'PATCH', path: this.#path, body: { schemas: [patchSchema], Operations: operations }, version });
  }
}

const isDone = ({ status }: Answer) => status === 200 || status === 204;
const operationsFor = (id: string) => operationsOn('members', id);
const times = (members: string[], id: string) => members.filter((each) => each === id).length;

/** What could not be reached, because an earlier answer stands in its way, is left out. */
async function tried(group: ScratchGroup, [one, other]: [string, string]): Promise<Findings> {
  const findings: Findings = { regrant: { is: 'notTold', by: 'standard' } };
  const [ofOne, ofOther] = [operationsFor(one), operationsFor(other)];

  findings.addOne = found(await addingOne(group, one, other));
  if (findings.addOne.is !== 'leavesOthers') return findings;

  const removing = await group.patch([ofOther.remove]);
  const left = await group.members([one], longMs);
  findings.removeOne = found(removalIs({ isDone: isDone(removing), one: times(left, one) > 0, other: times(left, other) > 0 }));
  if (findings.removeOne.is !== 'leavesOthers') return findings;

  const absent = await group.patch([ofOther.remove]);
  const stillThere = await group.members([one]);
  findings.removeAbsent = found(absentRemovalIs({ isDone: isDone(absent), one: times(stillThere, one) > 0 }));
  if (findings.removeAbsent.is === 'removesOthers') await group.patch([ofOne.add]);

  findings.staleChange = found(await changingStale(group, one, other));
  findings.addAgain = found(await addingAgain(group, one, other));
  findings.addUnknown = found(await addingUnknown(group, one));
  findings.partlyBad = found(await changingInPart(group, one, other));

  const last = await group.patch([ofOne.remove]);
  findings.removeLast = found(isDone(last) && (await group.members([], longMs)).length === 0 ? 'done' : 'refused');
  return findings;
}

async function addingOne(group: ScratchGroup, one: string, other: string) {
  for (const [id, expected] of [
    [one, [one]],
    [other, [one, other]],
  ] as const) {
    const answer = await group.patch([operationsFor(id).add]);
    if (!isDone(answer)) return 'refused';
    const members = await group.members([...expected], longMs);
    if (times(members, id) === 0) return 'changesNothing';
    if (times(members, one) === 0) return 'replacesOthers';
  }
  return 'leavesOthers';
}

/** Begins and ends with the one as the only member. */
async function changingStale(group: ScratchGroup, one: string, other: string) {
  const { add, remove } = operationsFor(other);
  const { version: stale } = await group.read();
  if (stale === undefined) return 'notOffered';
  await group.patch([add]);
  await group.members([one, other]);
  const { version: current } = await group.read();
  const isStaleRefused = !isDone(await group.patch([remove], stale));
  if ((await group.members([one, other])).length === 1) return 'applied';
  // A server that compares strongly never takes its own weak version (RFC 9110, 13.1.1).
  const isCurrentTaken = isDone(await group.patch([remove], current));
  if ((await group.members([one])).length > 1) await group.patch([remove]);
  await group.members([one]);
  if (stale === current) return 'applied';
  return !isStaleRefused ? 'applied' : isCurrentTaken ? 'refused' : 'refusesAll';
}

/** Of the one, who is there already, beside the other. */
async function addingAgain(group: ScratchGroup, one: string, other: string) {
  const [ofOne, ofOther] = [operationsFor(one), operationsFor(other)];
  await group.patch([ofOther.add]);
  await group.members([one, other]);
  const answer = await group.patch([ofOther.add]);
  const count = times(await group.members([one, other]), other);
  await group.patch([ofOther.remove]);
  const left = times(await group.members([one]), other);
  if (left > 0) await group.patch([ofOther.remove]);
  if (times(await group.members([one]), one) === 0) await group.patch([ofOne.add]);
  return count > 1 ? (left > 0 ? 'stacks' : 'doubles') : isDone(answer) ? 'changesNothing' : 'refused';
}

async function addingUnknown(group: ScratchGroup, one: string) {
  const nobody = `${nobodysPrefix}${randomUUID().slice(-12)}`;
  const { add, remove } = operationsFor(nobody);
  const answer = await group.patch([add]);
  const isThere = times(await group.members([one]), nobody) > 0;
  if (isThere) await group.patch([remove]);
  return isThere ? 'accepted' : isDone(answer) ? 'changesNothing' : 'refused';
}

/** The second operation names a path that is none (RFC 7644, 3.5.2: `invalidPath`). */
async function changingInPart(group: ScratchGroup, one: string, other: string) {
  const { add, remove } = operationsFor(other);
  const answer = await group.patch([add, { op: 'remove', path: 'members[value eq' }]);
  const isThere = times(await group.members([one]), other) > 0;
  if (isThere) await group.patch([remove]);
  if (isDone(answer)) return isThere ? 'ignored' : 'refusedWhole';
  return isThere ? 'doneInPart' : 'refusedWhole';
}

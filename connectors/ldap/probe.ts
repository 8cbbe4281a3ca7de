/**
 * What this directory really does: tried on a group that the probe creates below `groups.base` and removes. RFC 4511 says what a modify does; controls, schemas,
 * overlays and the log of changes differ from one server to the next (decision 249).
 */
import { randomUUID } from 'node:crypto';
import { AndFilter, Attribute, Change, EqualityFilter, SubstringFilter } from 'ldapts';
import { type Findings, type Reliance, relies, reliesOnAdding, reliesOnRegrant, reliesOnRemoving } from '../../domain/access/server-behaviour.ts';
import { ProbeRefused, type Scratch, type ServerProbe } from '../../domain/access/server-probe.ts';
import { absentRemovalIs, additionIs, found, measuredInScratch, regrantIs, removalIs, type ScratchKind } from '../scratch.ts';
import type { Account } from './accounts.ts';
import { Assertion } from './controls.ts';
import { formOf } from './forms.ts';
import { grantsOf, type Directory } from './members.ts';
import { dnKey } from './names.ts';
import { LdapRefused, LostRace } from './result-codes.ts';
import { valuesOf } from './session.ts';

export function ldapProbe(directory: Directory): ServerProbe {
  const { session } = directory;
  return {
    reliesOn: reliancesOf(directory),
    server: async () => (await session.facts()).version,
    assumed: async () => {
      const { asserts } = await session.facts();
      return {
        addOne: { is: 'leavesOthers', by: 'standard' },
        addAgain: { is: 'refused', by: 'standard' },
        addUnknown: { is: 'accepted', by: 'assumed' },
        removeOne: { is: 'leavesOthers', by: 'standard' },
        removeAbsent: { is: 'refused', by: 'standard' },
        removeLast: { is: 'refused', by: 'assumed' },
        staleChange: asserts ? { is: 'refused', by: 'said' } : { is: 'notOffered', by: 'said' },
        partlyBad: { is: 'refusedWhole', by: 'standard' },
        regrant: { is: (await hasLog(directory)) ? 'told' : 'notTold', by: 'said' },
      };
    },
    measure: (scratch, signal) => measuredInScratch(scratch, kindOf(directory, scratch, signal)),
  };
}

/** A log that Rolewave's login can read. Whether it has what it should is only measured. */
async function hasLog({ session, settings: { accesslog } }: Directory): Promise<boolean> {
  if (accesslog === undefined) return false;
  try {
    return (await session.entry(accesslog, ['objectClass'])) !== undefined;
  } catch (error) {
    if (error instanceof LdapRefused) return false;
    throw error;
  }
}

/** One modify with a marker is what all of it rests on (decision 227). */
function reliancesOf({ settings: { groups, accesslog } }: Directory): Reliance[] {
  const fix = 'fix that in the directory, or make the system readOnly in the site file';
  const marker = 'a change that was repeated could not be told from a new one';
  return [
    reliesOnAdding(fix),
    relies({ behaviour: 'partlyBad', answers: ['refusedWhole'], for: 'grant', otherwise: 'a part of a batch could be done that is recorded as not done', fix }),
    relies({ behaviour: 'addAgain', answers: ['refused'], for: 'grant', otherwise: marker, fix }),
    reliesOnRemoving(fix, 'takes the access of others'),
    relies({
      behaviour: 'removeAbsent',
      answers: ['refused'],
      for: 'revoke',
      otherwise: 'where somebody was faster, their change would be taken for ours',
      fix,
    }),
    ...(groups.soleWriter
      ? []
      : [
          reliesOnRegrant(
            `${
              accesslog === undefined
                ? "name the log of OpenLDAP's overlay accesslog in `accesslog` of the site file"
                : `let ${accesslog} have the changes of these groups at once, and Rolewave's login read it`
            }, set groups.soleWriter where nobody else changes these groups, or withoutRevoke: leave where rollbacks may leave what was granted`,
          ),
        ]),
  ];
}

/** `members`: of one that an earlier probe may have left. */
interface Made {
  dn: string;
  name: string;
  members: string[];
}

function kindOf(directory: Directory, scratch: Scratch, signal: AbortSignal): ScratchKind<Account, Made> {
  const { session, settings } = directory;
  const { base, placeholder } = settings.groups;
  return {
    accounts: (names) => directory.accounts.named(names),
    where: ' below accounts.base',
    beginningWith: async (prefix) => {
      const filter = new AndFilter({ filters: [new SubstringFilter({ attribute: 'cn', initial: prefix })] });
      const entries = await session.search({ base, scope: 'one', filter, attributes: ['objectClass', 'cn', 'member'] });
      return entries.filter(formOf).map((entry) => ({ dn: entry.dn, name: valuesOf(entry, 'cn')[0] ?? '', members: valuesOf(entry, 'member') }));
    },
    holders: async ({ members }) => members,
    isProbes: (holder, accounts) =>
      isProbesNobody(holder) ||
      [...accounts.map(({ dn }) => dn), ...(placeholder === undefined ? [] : [placeholder])].some((dn) => dnKey(dn) === dnKey(holder)),
    words: ({ dn }) => `group ${dn}`,
    create: ([member]) => created(directory, scratch, member),
    // An entry of this DN that was there before is refused.
    isNew: async () => true,
    // The client of LDAP cannot be told to stop: what is removed late is removed all the same.
    remove: ({ dn }) => session.remove(dn),
    try: (group, accounts) => tried(directory, new ScratchGroup(directory, group, signal), accounts),
  };
}

/** With a member, as most schemas want one. */
async function created({ session, settings }: Directory, { role: name }: Scratch, member: Account): Promise<Made> {
  const dn = `cn=${name},${settings.groups.base}`;
  const { isActiveDirectory } = await session.facts();
  const naming = settings.groups.name;
  const called = ['dn', 'cn'].includes(naming.toLowerCase()) ? {} : { [naming]: name };
  const kind = isActiveDirectory ? { objectClass: 'group', sAMAccountName: name } : { objectClass: 'groupOfNames' };
  try {
    await session.add(dn, { ...kind, ...called, cn: name, member: member.dn });
  } catch (error) {
    // Where the answer was lost, it may have been created: the next probe removes it.
    if (!(error instanceof LdapRefused)) throw error;
    throw new ProbeRefused(
      `no scratch group could be created: ${error.message}. Let Rolewave's login create and remove entries directly below ${settings.groups.base}, or take probe out of the site file`,
    );
  }
  return { dn, name, members: [member.dn] };
}

/** A name that nobody has: the member by which the directory's answer to an unknown one is tried. */
const nobodys = 'cn=rolewave-nobody-';
const isProbesNobody = (dn: string): boolean => dn.toLowerCase().startsWith(nobodys);

class ScratchGroup {
  readonly #directory: Directory;
  readonly dn: string;
  readonly name: string;
  readonly #signal: AbortSignal;

  constructor(directory: Directory, { dn, name }: Made, signal: AbortSignal) {
    this.#directory = directory;
    this.dn = dn;
    this.name = name;
    this.#signal = signal;
  }

  async read(): Promise<{ members: Set<string>; csn: string | undefined; marks: number }> {
    this.#signal.throwIfAborted();
    const { marker } = this.#directory.settings.groups;
    const entry = await this.#directory.session.entry(this.dn, ['member', 'entryCSN', marker]);
    if (!entry) throw new ProbeRefused(`the scratch group '${this.name}' was removed by somebody else while it was used`);
    return { members: new Set(valuesOf(entry, 'member').map(dnKey)), csn: valuesOf(entry, 'entryCSN')[0], marks: valuesOf(entry, marker).length };
  }

  async holds(dn: string): Promise<boolean> {
    return (await this.read()).members.has(dnKey(dn));
  }

  /** Whether the server did it; false: it refused. */
  async modify(changes: Change[], csn?: string): Promise<boolean> {
    this.#signal.throwIfAborted();
    const asserted = csn === undefined ? undefined : new Assertion(new EqualityFilter({ attribute: 'entryCSN', value: csn }));
    try {
      await this.#directory.session.modify(this.dn, changes, asserted);
      return true;
    } catch (error) {
      if (error instanceof LdapRefused || error instanceof LostRace) return false;
      throw error;
    }
  }
}

const change = (operation: 'add' | 'delete', type: string, values: string[]) => new Change({ operation, modification: new Attribute({ type, values }) });
const adding = (dn: string) => [change('add', 'member', [dn])];
const removing = (dn: string) => [change('delete', 'member', [dn])];

/** Begins with the one as a member. What could not be reached, because an earlier answer stands in its way, is left out. */
async function tried(directory: Directory, group: ScratchGroup, [{ dn: one }, account]: [Account, Account]): Promise<Findings> {
  const { dn: other } = account;
  const findings: Findings = {};
  const wasAdded = await group.modify(adding(other));
  const { members } = await group.read();
  findings.addOne = found(additionIs({ isDone: wasAdded, one: members.has(dnKey(one)), other: members.has(dnKey(other)) }));
  if (findings.addOne.is !== 'leavesOthers') return findings;
  findings.addAgain = found((await group.modify(adding(other))) ? 'changesNothing' : 'refused');

  const wasRemoved = await group.modify(removing(other));
  const left = (await group.read()).members;
  findings.removeOne = found(removalIs({ isDone: wasRemoved, one: left.has(dnKey(one)), other: left.has(dnKey(other)) }));
  if (findings.removeOne.is !== 'leavesOthers') return findings;

  const isDone = await group.modify(removing(other));
  findings.removeAbsent = found(absentRemovalIs({ isDone, one: await group.holds(one) }));
  if (findings.removeAbsent.is === 'removesOthers') await group.modify(adding(one));

  findings.staleChange = found(await changingStale(directory, group, other));
  findings.partlyBad = found(await changingInPart(directory, group, other));
  findings.addUnknown = found(await addingUnknown(directory, group));
  const regrant = await givingAgain(directory, group, account);
  if (regrant !== undefined) findings.regrant = found(regrant);
  findings.removeLast = found((await group.modify(removing(one))) && !(await group.holds(one)) ? 'done' : 'refused');
  return findings;
}

/** The other comes and goes. */
async function changingStale({ session }: Directory, group: ScratchGroup, other: string) {
  if (!(await session.facts()).asserts) return 'notOffered';
  const { csn: stale } = await group.read();
  if (stale === undefined) return 'notOffered';
  await group.modify(adding(other));
  const { csn: current } = await group.read();
  const wasApplied = await group.modify(removing(other), stale);
  if (wasApplied) return 'applied';
  const isTaken = await group.modify(removing(other), current);
  if (!isTaken) await group.modify(removing(other));
  return isTaken ? 'refused' : 'refusesAll';
}

/** The last step takes out a value that is not there, and a modify happens as a whole (RFC 4511, 4.6). */
async function changingInPart({ settings }: Directory, group: ScratchGroup, other: string) {
  const { marker } = settings.groups;
  const mark = `rolewave-probe:${randomUUID()}`;
  const steps = [change('add', marker, [mark, `${mark}:2`]), ...adding(other), change('delete', marker, [`${mark}:3`])];
  const isDone = await group.modify(steps);
  const { members, marks } = await group.read();
  const isThere = members.has(dnKey(other)) || marks > 0;
  if (members.has(dnKey(other))) await group.modify(removing(other));
  return !isThere ? 'refusedWhole' : isDone ? 'ignored' : 'doneInPart';
}

async function addingUnknown({ settings }: Directory, group: ScratchGroup) {
  const nobody = `${nobodys}${randomUUID()},${settings.accounts.base}`;
  const isDone = await group.modify(adding(nobody));
  const isThere = await group.holds(nobody);
  if (isThere) await group.modify(removing(nobody));
  return isThere ? 'accepted' : isDone ? 'changesNothing' : 'refused';
}

/** Whether the log of changes tells two accesses of one person apart; undefined: the group has no name by which it could be read. */
async function givingAgain(directory: Directory, group: ScratchGroup, other: Account) {
  const { name } = directory.settings.groups;
  const role = name === 'dn' ? group.dn : group.name;
  if ((await directory.groups.named([role])).size === 0) return undefined;
  return regrantIs({
    give: () => group.modify(adding(other.dn)),
    id: async () => {
      const { grants } = await grantsOf(directory, [...(await directory.groups.named([role])).values()]);
      return grants.find(({ accountId }) => accountId === other.id)?.id;
    },
    take: () => group.modify(removing(other.dn)),
  });
}

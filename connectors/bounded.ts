/**
 * What a system says is kept once for each grant: in previews, in the ledger, in caches of workers and endpoints. A server that calls one group by a megabyte would
 * fill them all, so it is refused where it comes in, and before anything has changed.
 */
import { sha256Hex } from '../domain/canonical.ts';
import { numberText } from '../domain/number-text.ts';
import { shortened } from '../domain/plain-data.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import type { AccessChange, ActualGrant, BeforeCommit, CheckLine, Connector, MostOthers, NotPermitted, SystemSnapshot } from './connector.ts';

/**
 * In characters. Names and ids: as long as a plan may call a role or an account, and a little more, because some systems make an id of a name. Reasons and notes
 * are sentences. `contents`: what all roles of one reading may do. `line`: one that people read, `who`: who changed something, and `server`: name and version,
 * which are cut.
 */
export const longest = { name: 1_100, outcome: 4_000, contents: 16 * 2 ** 20, line: 2_000, who: 300, server: 400 } as const;

/** Entries. What is asked about decides how many answers there can be, and each may come in some forms. */
export const mostLines = 1_000;
const mostOf = (asked: number): number => 1_000 + 10 * asked;

const done = new WeakSet<Connector>();

/** The same connector. */
export function bounded(connector: Connector): Connector {
  if (done.has(connector)) return connector;
  done.add(connector);
  const { snapshot, grant, revoke, restore, switch: switched, place, check, rehearse, running, lastUse, lastChange, usage, cohort, aside, probe } = connector;
  return Object.assign(connector, {
    place: async () => short(await place(), 'its place'),
    check: async (...asked: Parameters<Connector['check']>) => withShortLines(await check(...asked)),
    snapshot: async (...asked: Parameters<Connector['snapshot']>) => {
      const read = await snapshot(...asked);
      refuseOthers(read, asked[1], asked[5]);
      return withShortNames(read, asked[1]);
    },
    grant: ((wanted, beforeCommit) => grant(wanted, told(beforeCommit))) satisfies Connector['grant'],
    revoke: ((grants, beforeCommit) => revoke(grants, told(beforeCommit))) satisfies Connector['revoke'],
    restore: ((grants, beforeCommit) => restore(grants, told(beforeCommit))) satisfies Connector['restore'],
    rehearse: async (...[work, signal]: Parameters<Connector['rehearse']>) => {
      const answers = await rehearse(work, signal);
      refuseMore(answers.grant, work.grant.length, 'answers to grants that are tried');
      refuseMore(answers.revoke, work.revoke.length, 'answers to revokes that are tried');
      refuseMore(answers.restore, work.restore.length, 'answers to restores that are tried');
      return short(answers, 'what it says of what is tried', longest.outcome);
    },
    ...(switched ? { switch: ((person, beforeCommit) => switched(person, told(beforeCommit))) satisfies Connector['switch'] } : {}),
    ...(running ? { running: async (accounts: string[]) => ifPermitted(await running(accounts), firstLines) } : {}),
    ...(lastUse
      ? {
          lastUse: async (...asked: Parameters<typeof lastUse>) =>
            ifPermitted(await lastUse(...asked), (uses) => few(uses, mostOf(asked[1].length * (asked[0].length + 1)), 'uses of access')),
        }
      : {}),
    ...(lastChange
      ? {
          lastChange: async (...asked: Parameters<typeof lastChange>) =>
            ifPermitted(await lastChange(...asked), (changes) => {
              refuseMore(changes, asked[0].length, 'last changes of access');
              return changes.map((change) => change && withShortName(change));
            }),
        }
      : {}),
    ...(usage
      ? {
          usage: async (...asked: Parameters<typeof usage>) =>
            few(await usage(...asked), mostOf(asked[0].accounts.length * (asked[0].roles.length + 1)), 'uses of access'),
        }
      : {}),
    ...(cohort
      ? { cohort: async (...asked: Parameters<typeof cohort>) => few(await cohort(...asked), mostOf(asked[0].accounts.length), 'people of a cohort') }
      : {}),
    ...(aside
      ? {
          aside: ((work) => {
            const beside = aside(work);
            return beside && bounded(beside);
          }) satisfies Connector['aside'],
        }
      : {}),
    ...(probe ? { probe: boundedProbe(probe) } : {}),
  });
}

/** What is found is one of the words that there are (domain/access/server-behaviour.ts). */
function boundedProbe(probe: NonNullable<Connector['probe']>): NonNullable<Connector['probe']> {
  const { reliesOn } = probe;
  return {
    reliesOn,
    server: async () => shortened(await probe.server(), longest.server),
    assumed: async () => short(await probe.assumed(), 'what is assumed of it'),
    ...(probe.measure ? { measure: async (scratch, signal) => short((await probe.measure?.(scratch, signal)) ?? {}, 'what was measured') } : {}),
  };
}

const withShortLines = ({ version, lines }: { version: string; lines: CheckLine[] }): { version: string; lines: CheckLine[] } => {
  // Of each role that is asked for, a plan of thousands may have some.
  refuseMore(lines, mostOf(10_000), 'lines of what was found');
  const cut = (text: string) => shortened(text, longest.line);
  return {
    version: shortened(version, longest.server),
    lines: lines.map((line) => (line.state === 'ok' ? { ...line, text: cut(line.text) } : { ...line, text: cut(line.text), fix: cut(line.fix) })),
  };
};

const ifPermitted = <T extends unknown[]>(answer: T | NotPermitted, then: (answer: T) => T): T | NotPermitted =>
  'notPermitted' in answer ? { notPermitted: shortened(answer.notPermitted, longest.line) } : then(answer);

/** People end them one after the other: that there are more is enough to know. */
const firstLines = (lines: string[]): string[] =>
  (lines.length > mostLines ? [...lines.slice(0, mostLines - 1), `and ${numberText(lines.length - mostLines + 1)} more`] : lines).map((line) =>
    shortened(line, longest.line),
  );

const withShortName = (change: AccessChange): AccessChange => (change.by === undefined ? change : { ...change, by: shortened(change.by, longest.who) });

function few<T>(answers: T[], most: number, what: string): T[] {
  refuseMore(answers, most, what);
  return short(answers, what);
}

function refuseMore(answers: unknown[], most: number, what: string): void {
  if (answers.length > most)
    throw new SystemUnavailable(`it answers ${numberText(answers.length)} ${what}, where there can be ${numberText(most)} at most: nothing of it is taken`);
}

/** Before they are sent on: a preview would list them all. */
function refuseOthers({ grants }: SystemSnapshot, asked: string[], listed: MostOthers | undefined): void {
  if (!listed) return;
  const ofPlan = new Set(asked);
  const holders = new Map(listed.roles.map((role) => [role, new Set<string>()]));
  for (const { role, account } of grants) if (!ofPlan.has(account)) holders.get(role)?.add(account);
  const counts = [...holders].map(([role, { size }]) => ({ role, size })).sort((one, other) => other.size - one.size);
  const all = counts.reduce((sum, { size }) => sum + size, 0);
  const [largest] = counts;
  if (all <= listed.most || !largest) return;
  throw new Error(
    `${numberText(all)} accounts outside of the cohort hold these entitlements, ${numberText(largest.size)} of them '${shortened(largest.role, 100)}', and a preview lists ${numberText(listed.most)} at most: ` +
      (holders.size > 1 ? 'put these entitlements into several packages, ' : 'grant a smaller role or group instead, ') +
      'or ask the people who run Rolewave to raise limits.othersPerPreview in the site file',
  );
}

/** `accounts`: that were asked for. One member of a group whom nobody asked for does not keep others from reading it. */
function withShortNames(snapshot: SystemSnapshot, asked: string[]): SystemSnapshot {
  const { roles, grants, accounts, unknownAccounts } = snapshot;
  const ofPlan = new Set(asked);
  refuseLonger([roles.map(({ role, id, digest }) => [role, id, digest]), accounts, unknownAccounts], longest.name);
  refuseContents(roles);
  for (const grant of grants) if (ofPlan.has(grant.account)) refuseLonger(grant, longest.name);
  const isLong = (grant: ActualGrant) => Object.values(grant).some((each) => typeof each === 'string' && each.length > longest.name);
  return grants.some(isLong) ? { ...snapshot, grants: grants.map((grant) => (isLong(grant) ? withDigests(grant) : grant)) } : snapshot;
}

function refuseContents(roles: SystemSnapshot['roles']): void {
  let size = 0;
  for (const { privileges } of roles) for (const line of privileges) size += line.length;
  if (size > longest.contents)
    throw new Error(
      `what these entitlements give takes ${Math.ceil(size / 2 ** 20)} MB to say, and at most ${longest.contents / 2 ** 20} are taken: read fewer of them at a time, in several packages`,
    );
}

/** Still another one than every other name or id. */
const withDigests = (grant: ActualGrant): ActualGrant =>
  Object.fromEntries(
    Object.entries(grant).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'string' && value.length > longest.name ? `${value.slice(0, 100)}…${sha256Hex(value)}` : value,
    ]),
  ) as unknown as ActualGrant;

const told =
  <Outcome>(beforeCommit: BeforeCommit<Outcome>): BeforeCommit<Outcome> =>
  (outcomes, transaction) => {
    refuseLonger([outcomes, transaction], longest.outcome);
    return beforeCommit(outcomes, transaction);
  };

function short<T>(said: T, what: string, most: number = longest.name): T {
  refuseLonger(said, most, what);
  return said;
}

function refuseLonger(said: unknown, most: number, what?: string): void {
  const left = [said];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string' && next.length > most)
      throw new SystemUnavailable(
        `${what === undefined ? 'it has' : `${what} has`} a name, id or text of ${next.length} characters, which begins with '${next.slice(0, 40)}': at most ${most} are taken from a system`,
      );
    if (typeof next === 'object' && next !== null) for (const each of Object.values(next)) left.push(each);
  }
}

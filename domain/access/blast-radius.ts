/**
 * The blast radius of a release: how many people's access it changes in one system, against the limits of the plan. Of the people, not of the grants: one
 * person who gets three roles and loses two counts once.
 */
import { pairKey } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import type { BlastRadiusLimit, Plan } from '../plan/schema.ts';
import type { Stop } from '../views/stop.ts';
import { causedStops } from './incompatible.ts';
import type { BlastRadius, PreviewPart } from './preview.ts';

export const limitIn = ({ blastRadius: limits = [] }: Pick<Plan, 'blastRadius'>, system: string): BlastRadiusLimit | undefined =>
  limits.find((limit) => limit.system === system);

/** Accounts that get something which they do not have, or lose something which they have. What is held already changes nothing. */
export function changedAccounts({ entitlements, legacy, people, before, roles, drop = [] }: PreviewContent): Set<string> {
  const existing = new Set(roles.filter(({ exists }) => exists).map(({ role }) => role));
  const held = new Set(before.map(pairKey));
  const old = new Set(legacy.map(({ role }) => role));
  const granted = entitlements.filter(({ role }) => existing.has(role));
  const gets = people.filter(({ account }) => granted.some(({ role }) => !held.has(pairKey({ role, account }))));
  const loses = [...before.filter(({ role }) => old.has(role)), ...drop];
  return new Set([...gets, ...loses].map(({ account }) => account));
}

/** `accounts`: of the system, where a percentage is limited and the system says it. */
export const blastRadiusOf = (content: PreviewContent, limit: BlastRadiusLimit | undefined, accounts?: number): BlastRadius => ({
  people: changedAccounts(content).size,
  ...(accounts === undefined ? {} : { accounts }),
  ...(limit?.maxPeople === undefined ? {} : { maxPeople: limit.maxPeople }),
  ...(limit?.maxPercent === undefined ? {} : { maxPercent: limit.maxPercent }),
});

/**
 * Percent of the accounts of the system, 0 to 100. Undefined where that is not known. Exact at the bounds: 5 of 20 is 25. A system with no account that
 * can log in changes nobody's access, or all of it.
 */
export function percentOf({ people, accounts }: Pick<BlastRadius, 'people' | 'accounts'>): number | undefined {
  if (accounts === undefined) return undefined;
  if (people === 0) return 0;
  // An account that loses access may be unable to log in, and is not among those of the system then.
  return Math.min(100, (people * 100) / Math.max(accounts, 1));
}

/** Why the release is stopped: one for each limit that it exceeds. What is not known exceeds a limit (R2). Nobody's access is within every limit. */
export function exceeded(system: string, radius: BlastRadius): Stop[] {
  const { people, accounts, maxPeople, maxPercent } = radius;
  const stop = (text: string): Stop => ({ code: 'blastRadius', system, text });
  const subject = `the access of ${people === 1 ? '1 person' : `${people} people`} in '${system}' would change`;
  const percent = percentOf(radius);
  return [
    ...(maxPeople !== undefined && people > maxPeople ? [stop(`${subject}, and the plan allows at most ${maxPeople}`)] : []),
    ...(maxPercent !== undefined && people > 0 && percent === undefined
      ? [
          stop(
            `${subject}, and '${system}' does not say of how many accounts, so that the limit of ${maxPercent} percent cannot be checked: use maxPeople there`,
          ),
        ]
      : []),
    ...(maxPercent !== undefined && percent !== undefined && percent > maxPercent
      ? [stop(`${subject}, ${percentText(percent)} percent of its ${accounts} accounts, and the plan allows at most ${maxPercent} percent`)]
      : []),
  ];
}

/** Rules of the plan that stop the release, as this part of its preview shows it. */
export const stopsOf = ({ system, blastRadius, incompatible = [] }: Pick<PreviewPart, 'system' | 'blastRadius' | 'incompatible'>): Stop[] => [
  ...(blastRadius ? exceeded(system, blastRadius) : []),
  ...causedStops(incompatible),
];

/** With one decimal, rounded up, so that no share looks as if it were within a limit that it exceeds. */
export const percentText = (percent: number): string => String(Math.ceil(percent * 10 - 1e-9) / 10);

/** '12 people', '12 people of at most 40', '12 people (3 percent) of at most 40 and 5 percent'. */
export function blastRadiusText(radius: BlastRadius): string {
  const { people, maxPeople, maxPercent } = radius;
  const percent = percentOf(radius);
  const limits = [...(maxPeople === undefined ? [] : [String(maxPeople)]), ...(maxPercent === undefined ? [] : [`${maxPercent} percent`])];
  const who = `${people} ${people === 1 ? 'person' : 'people'}${percent === undefined ? '' : ` (${percentText(percent)} percent)`}`;
  return limits.length === 0 ? who : `${who} of at most ${limits.join(' and ')}`;
}

/**
 * Separation of duties (R8): the person who applied a change is not its only signer, and nobody's sign-off counts for a grant to themselves. One rule holds both:
 * a package needs the approval of one person who neither applied the change nor receives the access. A site can turn off either half.
 */
import type { DecidingSection, SeparationOfDuties } from '../plan/section.ts';

interface Deciders {
  section: DecidingSection;
  alsoSigns: readonly string[];
  operators: readonly string[];
  nowMs: number;
}

/** Whether this person's approval is that of someone else than those who bring the change and receive it. */
export const isIndependent = (section: DecidingSection, person: string): boolean => whyNotAlone(section, person) === undefined;

/** Why this person's approval alone is not enough. Undefined: it is. */
export function whyNotAlone({ duties }: DecidingSection, person: string): 'applied' | 'receives' | undefined {
  if (!duties.site.applierMayBeOnlySigner && duties.appliedBy.includes(person)) return 'applied';
  return !duties.site.signerMayBeGranted && duties.receivers.includes(person) ? 'receives' : undefined;
}

/** Delegates of the owner whose delegation stands. */
export const standingDelegates = ({ package: { owner }, delegates }: DecidingSection, nowMs: number): string[] => [
  ...new Set(delegates.flatMap(({ of, to, until }) => (of === owner && nowMs < until ? [to] : []))),
];

/** Who may give the approval that the signers cannot: the owner, delegates and co-signers, and operators only where none of those is independent. */
export function anotherMaySign({ section, alsoSigns, operators, nowMs }: Deciders): string[] {
  // Workflows ask at every step, and a plan may have thousands of receivers and of delegates.
  const { site, appliedBy, receivers } = section.duties;
  const applied = new Set(site.applierMayBeOnlySigner ? [] : appliedBy);
  const receives = new Set(site.signerMayBeGranted ? [] : receivers);
  const independent = (people: readonly string[]) => [...new Set(people)].filter((person) => !applied.has(person) && !receives.has(person));
  const signers = independent([section.package.owner, ...standingDelegates(section, nowMs), ...alsoSigns]);
  return signers.length > 0 ? signers : independent(operators);
}

/** Operators sign only where nobody else is independent. */
export function operatorsMaySign(deciders: Deciders): string[] {
  if (deciders.section.change === 'observe') return [];
  const may = new Set(anotherMaySign(deciders));
  return deciders.operators.filter((person) => may.has(person));
}

/** For whom a person's sign-off counts: for themselves where they are asked to sign, for the owner as a delegate, and otherwise only as another approval. */
export function signsAs({ section, alsoSigns, nowMs }: Omit<Deciders, 'operators'>, by: string): string {
  const { owner } = section.package;
  if (by === owner || alsoSigns.includes(by)) return by;
  return standingDelegates(section, nowMs).includes(by) ? owner : by;
}

/** 'another person, because olga receives the access: dora or hugo': for use within a sentence. */
export function anotherText(section: DecidingSection, alsoSigns: readonly string[], people: string[]): string {
  const signers = [...new Set([section.package.owner, ...alsoSigns])];
  const why = signers.flatMap((person) => {
    const reason = whyNotAlone(section, person);
    return reason ? [`${person} ${reasons[reason]}`] : [];
  });
  const because = why.length > 0 ? why : ['those who approved it applied the change or receive the access'];
  const named = people.length > mostNamed ? [...people.slice(0, mostNamed), `${people.length - mostNamed} more`] : people;
  const who = people.length > 0 ? named.join(' or ') : "nobody in the plan: add a delegate of the owner, or someone to the wave's alsoSigns";
  return `another person, because ${because.join(' and ')}: ${who}`;
}

/** In one sentence. */
const mostNamed = 20;

const reasons = { applied: 'applied the change', receives: 'receives the access' } as const;

/** What the site allows, each for use after 'the site allows that'; empty where duties are separate. */
export const allowedText = ({ applierMayBeOnlySigner, signerMayBeGranted }: SeparationOfDuties): string[] => [
  ...(applierMayBeOnlySigner ? ['the person who applied a change is its only signer'] : []),
  ...(signerMayBeGranted ? ['a sign-off counts for a grant to the signer'] : []),
];

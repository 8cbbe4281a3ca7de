/** How much the workflow of a wave carries. Known before anything is applied, because Temporal ends a workflow whose payload is too large. */
import { bytesOf } from './fields.ts';
import type { Finding } from './places.ts';
import { quote } from './places.ts';
import type { Plan } from './schema.ts';
import { undigestedSection, type PackageSection } from './section.ts';
import { numberText } from '../number-text.ts';

/** Bytes. Half of what Temporal takes as a payload: a wave's state as people see it, which is the answer to a query, is larger than what it carries. */
export const carriedLimit = 1024 * 1024;

/** What a wave gathers until its packages go live, at most: evidence, preview and open requests of each package, and each signer's sign-off. Bytes. */
export const gathered = { aPackage: 3_000, aSignOff: 700 } as const;

/** Waves that are larger, each with what makes it large. */
export const tooLargeWaves = (plan: Plan): Finding[] =>
  plan.waves.flatMap(({ id }, index) => {
    const parts = partsOf(plan, id);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    if (bytes <= carriedLimit) return [];
    const largest = parts.filter((part) => part.bytes * 10 >= bytes).toSorted((a, b) => b.bytes - a.bytes);
    const say = () =>
      `wave ${quote(id)} is too large: its workflow has to carry ${kib(bytes)}, and the limit is ${kib(carriedLimit)}. ${sentence(largest.map((part) => part.say(kib(part.bytes))))}. Divide it into several waves`;
    return [{ path: ['waves', index, 'packages'], say }];
  });

interface Part {
  bytes: number;
  say(size: string): string;
}

/** The lists that people write long are told apart; everything else of a package counts as the package. */
const lists = ['delegates', 'buildsOn', 'systems', 'metrics'] as const;

function partsOf(plan: Plan, waveId: string): Part[] {
  const { packages, operators, notices, blackouts, wave } = undigestedSection(plan, waveId);
  const inLists = lists.map((list) => packages.reduce((sum, entry) => sum + jsonBytes(listOf(entry, list)), 0));
  const inPackages = packages.reduce((sum, entry) => sum + jsonBytes(entry), 0) - inLists.reduce((sum, bytes) => sum + bytes, 0);
  const signers = 1 + wave.alsoSigns.length;
  return [
    { bytes: inPackages + packages.length * gathered.aPackage, say: (size) => `its ${packages.length} packages with their evidence take ${size}` },
    {
      bytes: packages.length * signers * gathered.aSignOff,
      say: (size) => `sign-offs by ${signers === 1 ? 'the owner' : `${signers} people`} of each package take ${size}`,
    },
    ...lists.map((list, index): Part => ({ bytes: inLists[index] ?? 0, say: (size) => `${list} of its packages take ${size}` })),
    { bytes: jsonBytes(blackouts), say: (size) => `blackouts take ${size}` },
    { bytes: jsonBytes(operators) + jsonBytes(notices.onCall), say: (size) => `operators and onCall take ${size}` },
    { bytes: jsonBytes(wave), say: (size) => `lists of the wave itself, such as after and alsoSigns, take ${size}` },
  ];
}

function listOf({ package: rolePackage, delegates, systems }: PackageSection, list: (typeof lists)[number]): unknown[] {
  return { delegates, systems, buildsOn: rolePackage.buildsOn, metrics: rolePackage.watch.metrics }[list];
}

const jsonBytes = (value: unknown): number => bytesOf(JSON.stringify(value));
const kib = (bytes: number): string => `${numberText(Math.ceil(bytes / 1024))} KiB`;
const sentence = ([first = '', ...rest]: string[]): string => [`${first.charAt(0).toUpperCase()}${first.slice(1)}`, ...rest].join('; ');

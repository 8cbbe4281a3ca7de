/** The site file of a command: the one that is named, or the one beside the plan. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { planLines, type FirstSite } from '../domain/site/first-site.ts';
import { roleRefusal, systemOf } from '../domain/site/rights.ts';
import type { Site } from '../domain/site/schema.ts';
import { systemLines } from '../domain/site/system-entry.ts';
import { aloneInFirstSite, writeFirstSite } from '../settings/first-site-file.ts';
import { readSite } from '../settings/site.ts';
import { badInput } from './exit-codes.ts';
import { printable } from './printable.ts';

export const siteOption = [
  '--site <file>',
  'the site file to check it against (default: ROLEWAVE_SITE, or else site.yaml beside the plan, if there is one)',
] as const;

export interface FoundSite {
  file: string;
  site: Site;
}

/** Throws bad input when a file that is named is missing, or the file has mistakes. Undefined: there is none beside the plan. */
export async function siteFor(plan: string, named: string | undefined, env: Record<string, string | undefined>): Promise<FoundSite | undefined> {
  const beside = join(dirname(plan), 'site.yaml');
  const file = named ?? (env['ROLEWAVE_SITE'] || (existsSync(beside) ? beside : undefined));
  if (file === undefined) return undefined;
  try {
    return { file, site: await readSite(file) };
  } catch (error) {
    throw badInput(error instanceof Error ? error.message : String(error), { code: 'site-invalid', file });
  }
}

/** The one who would apply the plan and approve it, where the first site file is still to be written. */
export const aloneBeside = (planFile: string, plan: NonNullable<FirstSite['plan']>): string | undefined =>
  existsSync(fileBeside(planFile)) ? undefined : aloneInFirstSite(plan);

const fileBeside = (planFile: string) => join(dirname(planFile), 'site.yaml');

/** Writes the first site file beside the plan, or says what to add to the one that is there. One or more sentences. `isSeparated`: nobody may decide alone. */
export async function siteBeside(
  planFile: string,
  plan: NonNullable<FirstSite['plan']>,
  isSeparated = false,
): Promise<{ file: string; written: boolean; text: string }> {
  const file = fileBeside(planFile);
  const alone = aloneBeside(planFile, plan);
  if (writeFirstSite(file, plan, isSeparated)) {
    const wrote = `Wrote ${printable(file)}: it says where the system is, and who may apply the plan.`;
    return { file, written: true, text: alone === undefined ? wrote : `${wrote}\n${separationText(printable(alone), isSeparated)}` };
  }
  const site = await readSite(file).catch((error: unknown) => printable(error instanceof Error ? error.message : String(error)));
  if (typeof site === 'string') return { file, written: false, text: site };
  const missing = missingIn(site, plan);
  const isWritable = plan.system.readOnly && systemOf(site, plan.system.id)?.readOnly === false;
  const text =
    missing.length === 0
      ? `${printable(file)} lets the plan use it.`
      : `${printable(file)} does not let the plan use it yet. Those who run Rolewave add to it:\n${missing.join('\n')}`;
  const writable = isWritable
    ? [
        `It opens ${printable(plan.system.id)} for changes, as plans that release need it. This plan changes nothing all the same; with readOnly: true nothing could.`,
      ]
    : [];
  return { file, written: false, text: [text, ...writable].join('\n') };
}

const separationText = (alone: string, isSeparated: boolean): string =>
  isSeparated
    ? `Separation of duties is on, and ${alone} is alone: until the plan names a second person, under operators or alsoSigns, it is refused.`
    : `Separation of duties is OFF there, because ${alone} is alone: one person may apply a change, sign it off and receive the access. To turn it on, name a second person in the plan and remove separationOfDuties from the site file.`;

/**
 * After the endpoint has refused the plan because of its own site file: what has to be added there, as far as the file beside the plan has it not. One or more
 * sentences.
 */
export async function siteAdditions(planFile: string, plan: NonNullable<FirstSite['plan']>): Promise<string> {
  const file = fileBeside(planFile);
  const site = existsSync(file) ? await readSite(file).catch(() => undefined) : undefined;
  const missing = missingIn(site, plan);
  return missing.length === 0
    ? `${printable(file)} lets the plan use it: the endpoint was started with another site file (ROLEWAVE_SITE).`
    : `Those who run Rolewave add to the site file, which the endpoint follows without a restart:\n${missing.join('\n')}\nThen run the same command again.`;
}

/** `site` undefined: it is not known what it has, so everything. */
function missingIn(site: Site | undefined, plan: NonNullable<FirstSite['plan']>): string[] {
  const { system, roles, id } = plan;
  return [
    ...(site && systemOf(site, system.id) ? [] : ['under systems:', ...systemLines(system)]),
    ...(site && roles.every((role) => roleRefusal(site, id, system.id, role) === undefined) ? [] : ['under plans:', ...planLines(plan)]),
  ].map(indented);
}

const indented = (line: string) => `${/^ */.exec(line)?.[0] ?? ''}${printable(line)}`;

/**
 * For tests: what `rolewave init` and `rolewave observe` write into a folder of their own, and what the rest of Rolewave makes of it.
 *
 *     const files = await firstFiles({ SCIM_URL: '…' });
 *     await files.rolewave(['init', '--scim-env', 'SCIM_URL', '--out', files.plan]);
 *     expect(await files.asTheSiteReadsIt()).toMatchObject({ unknownAccounts: [] });
 */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../cli/program.ts';
import type { CheckLine } from '../../connectors/connector.ts';
import { openSystem } from '../../connectors/registry.ts';
import { loadPlan } from '../../domain/plan/load.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Site } from '../../domain/site/schema.ts';
import { readSite } from '../../settings/site.ts';
import { testIo } from './command-io.ts';

export interface FirstFiles {
  folder: string;
  /** The file that plans are written to. */
  plan: string;
  rolewave(
    args: string[],
    more?: { env?: Record<string, string>; answers?: string[] },
  ): Promise<{ code: number; out: string; err: string; questions: string[] }>;
  planText(): Promise<string>;
  siteText(): Promise<string>;
  /** Rejects where it is not valid. */
  readPlan(): Promise<Plan>;
  readSite(): Promise<Site>;
  names(): Promise<string[]>;
  /** The first package, as the connector that the site file describes reads it. */
  asTheSiteReadsIt(): Promise<{ holders: string[]; accounts: string[]; unknownAccounts: string[]; lines: CheckLine[] }>;
  /** What `rolewave doctor` says about the system of the plan; `state` is `ok`, `warning`, `WRONG` or `skipped`. */
  doctor(): Promise<{ state: string; text: string }[]>;
  empty(): Promise<void>;
  remove(): Promise<void>;
}

export async function firstFiles(env: Record<string, string>): Promise<FirstFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-first-files-'));
  const file = join(folder, 'plan.yaml');
  const siteFile = join(folder, 'site.yaml');
  const planText = () => readFile(file, 'utf8');
  const rolewave: FirstFiles['rolewave'] = async (args, more = {}) => {
    const io = testIo({ env: { ...env, ...more.env }, ...(more.answers ? { answers: more.answers } : {}) });
    const code = await run(args, io);
    return { code, out: io.written.join('\n'), err: io.errors.join('\n'), questions: io.questions };
  };
  const readPlan = async () => {
    const loaded = loadPlan(await planText(), 'plan.yaml', { nowMs: Date.now() });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
    return loaded.plan;
  };
  return {
    folder,
    plan: file,
    rolewave,
    planText,
    siteText: () => readFile(siteFile, 'utf8'),
    readPlan,
    readSite: () => readSite(siteFile),
    names: () => readdir(folder),
    asTheSiteReadsIt: async () => {
      const plan = await readPlan();
      const [system] = (await readSite(siteFile)).systems;
      const [rolePackage] = plan.packages;
      if (!system || !rolePackage) throw new Error('the site has no system, or the plan no package');
      const connector = await openSystem(system, env);
      try {
        const roles = rolePackage.entitlements.map(({ role }) => role);
        const accounts = rolePackage.cohort.map((id) => plan.people.find((person) => person.id === id)?.accounts[system.id] ?? id);
        const { grants, unknownAccounts } = await connector.snapshot(roles, accounts);
        const { lines } = await connector.check(roles);
        return { holders: grants.map(({ account }) => account).toSorted(), accounts: accounts.toSorted(), unknownAccounts, lines };
      } finally {
        await connector.close();
      }
    },
    doctor: async () => {
      const { out } = await rolewave(['doctor', file, '--site', siteFile]);
      const [system = ''] = (await readPlan()).systems;
      return out.split('\n').flatMap((line) => {
        const [, state = '', text = ''] = new RegExp(`^(ok|warning|WRONG|skipped) +system ${system}: (.*)$`).exec(line) ?? [];
        return state === '' ? [] : [{ state, text }];
      });
    },
    empty: async () => {
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * npm run peers: starts one real system of each kind that Rolewave grants in, for trying things by hand, and prints the logins of each as soon as it is up. All of them end with
 * Ctrl-C. Passwords are new at each start; what was changed in the systems is still there, except in those that keep all in memory. `--reset` deletes it first.
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createProgress } from '../progress.ts';
import { serveUntilEnded, type Lifetime } from '../serve-until-ended.ts';
import { peers } from './list.ts';
import { people, roles, type Login } from './peer.ts';

async function start({ onStart, claim }: Lifetime): Promise<void> {
  const { values } = parseArgs({ options: { reset: { type: 'boolean', default: false } } });
  const home = join(resolve(process.env['ROLEWAVE_HOME'] || fileURLToPath(new URL('../../.rolewave', import.meta.url))), 'peers');
  claim(home);
  if (values.reset) for (const peer of peers) await peer.remove(home);
  const place = { home, progress: createProgress(), onStart };
  const exports: string[] = [];
  const site: string[] = [];
  for (const peer of peers) {
    const started = await peer.start(place);
    if ('missing' in started) console.log(`${peer.name}: not on this machine; ${started.missing}\n`);
    else {
      // The next one may take minutes.
      console.log([peer.name, ...started.logins.flatMap(linesOf), ''].join('\n'));
      site.push(...started.logins.flatMap((each) => each.site ?? []));
      exports.push(
        ...started.logins.flatMap(({ variable, connectionString }) => (variable === undefined ? [] : [`  export ${variable}='${connectionString}'`])),
      );
    }
  }
  console.log(`
Each has the people ${people.join(', ')}, and ${roles.map(({ name, holders }) => `${name} (${holders.length === 0 ? 'nobody' : holders.join(', ')})`).join(' and ')}.
Everything runs until Ctrl-C; files and logs are in ${home}.

In another terminal in this folder:

${exports.join('\n')}

  npx rolewave init --database-env ERP_DATABASE_URL --role fin_close --legacy fin_old
  npx rolewave init --directory-env DIRECTORY_URL --tls none --role fin_close --legacy fin_old --out directory-plan.yaml
  npx rolewave init --scim-env SCIM_URL --tls none --role fin_close --legacy fin_old --out scim-plan.yaml
  npx rolewave init --keycloak-env KEYCLOAK_URL --tls none --role /fin_close --legacy /fin_old --out keycloak-plan.yaml

In a site file (docs/site.md), these systems are:

systems:
${site.map((line) => `  ${line}`).join('\n')}
`);
}

const linesOf = ({ what, connectionString }: Login): string[] => [`  ${connectionString}`, `      ${what}`];

await serveUntilEnded(start, 'the others');

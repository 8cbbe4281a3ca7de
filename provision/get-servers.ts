/** `npm run servers`: provides the servers of demo and tests on this machine without starting them. Exit code 1 when one is unavailable. */
import { findDevServer } from './find-dev-server.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { findSlapd } from './find-slapd.ts';
import { findTestServer } from './find-test-server.ts';
import { createProgress } from './progress.ts';
import { unprivilegedAccount } from './unprivileged.ts';

const servers = [
  { name: "Temporal's dev server", find: () => findDevServer() },
  { name: "Temporal's time-skipping test server", find: () => findTestServer() },
  { name: 'PostgreSQL', find: async () => (await postgresBinaries(unprivilegedAccount())).postgres },
];
for (const { name, find } of servers) {
  try {
    console.log(`${name}: ${await find()}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
// Demo and tests do without it: no failure.
const slapd = await findSlapd((why) => console.log(`OpenLDAP: ${why}`), createProgress());
if (slapd) console.log(`OpenLDAP: ${slapd.program}`);

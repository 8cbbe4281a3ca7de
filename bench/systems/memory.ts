/** A process of its own, as a worker: grants a cohort in a directory and rolls it back, so many times, and prints the most memory that it took, in MiB. */
import { collectEarlier } from '../../worker/heap.ts';

// As a worker does: before anything else is loaded.
collectEarlier();
const [{ byRolewave }, { cohortOf }, { ldapConnector }, { settingsAt }] = await Promise.all([
  import('../sides.ts'),
  import('./workload.ts'),
  import('../../connectors/ldap/connector.ts'),
  import('./directory.ts'),
]);

const [host = '', port = '', store = '', people = '', entitlements = '', prefix = '', times = '1'] = process.argv.slice(2);
const side = await byRolewave(ldapConnector(settingsAt(host, Number(port))), store);
const workload = cohortOf(Number(people), Number(entitlements), prefix);
for (let time = 0; time < Number(times); time += 1) {
  await side.grant(workload);
  await side.rollBack(workload);
}
await side.close();
// Linux gives kilobytes, and so does Node everywhere.
console.log(Math.round(process.resourceUsage().maxRSS / 1_024));

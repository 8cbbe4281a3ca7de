/** A process of its own: grants and rolls back as many grants as it is told, so many times, and prints the most memory that it took, in MiB. */
import { collectEarlier } from '../../worker/heap.ts';

// As a worker does: before anything else is loaded.
collectEarlier();
const [{ byRolewave }, { manyInOne }, { postgresConnector }] = await Promise.all([
  import('../sides.ts'),
  import('./workload.ts'),
  import('../../connectors/postgres/connector.ts'),
]);

const [url = '', store = '', grants = '0', times = '1'] = process.argv.slice(2);
const side = await byRolewave(postgresConnector({ connectionString: url }), store);
const workload = manyInOne(Number(grants));
for (let time = 0; time < Number(times); time += 1) {
  await side.grant(workload);
  await side.rollBack(workload);
}
await side.close();
// Linux gives kilobytes, and so does Node everywhere.
console.log(Math.round(process.resourceUsage().maxRSS / 1_024));

/** Checks the systems of a plan: whether the variable is set, the system answers, and the login has its rights. */
import type { Connector } from '../connectors/connector.ts';
import { needsConnection, openSystem } from '../connectors/registry.ts';
import type { Plan, System } from '../domain/plan/schema.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { warning, words, wrong, type Line } from './line.ts';

export async function checkSystem(plan: Plan, system: System, env: Record<string, string | undefined>): Promise<Line[]> {
  const about = `system ${system.id}`;
  if (needsConnection(system) && !env[system.connection])
    return [
      warning(
        about,
        `${system.connection} is not set here, so the system was not checked`,
        'run the doctor where the worker runs, with the worker’s environment, where it must be set',
      ),
    ];
  let connector: Connector;
  try {
    connector = openSystem(system, env);
  } catch (error) {
    return [wrong(about, words(error), `fix ${system.connection}`)];
  }
  try {
    const { lines } = await connector.check(rolesOf(plan, system.id, 'entitlements', 'legacy'), rolesOf(plan, system.id, 'legacy'));
    return lines.map((line) => ({ about, ...line }));
  } catch (error) {
    const fix =
      error instanceof SystemUnavailable
        ? `start it, let Rolewave's login in, or fix ${system.connection} or the network in between`
        : `fix ${system.connection}, or the system`;
    return [wrong(about, words(error), fix)];
  } finally {
    // A connection that hangs must not hold up the doctor.
    void connector.close().catch(() => undefined);
  }
}

function rolesOf(plan: Plan, system: string, ...which: ('entitlements' | 'legacy')[]): string[] {
  const named = plan.packages.flatMap((each) => which.flatMap((one) => each[one])).filter((entry) => entry.system === system);
  return [...new Set(named.map(({ role }) => role))].sort();
}

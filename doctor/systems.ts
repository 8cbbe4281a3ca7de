/** The systems of a plan: is the variable set, does the system answer, and may the login do its work there? */
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
        `${system.connection} is not set here, so it was not asked`,
        'run the doctor where the worker runs, with the worker’s environment; there it has to be set',
      ),
    ];
  let connector: Connector;
  try {
    connector = openSystem(system, env);
  } catch (error) {
    return [wrong(about, words(error), `fix ${system.connection}`)];
  }
  try {
    const { lines } = await connector.check(rolesOf(plan, system.id));
    return lines.map((line) => ({ about, ...line }));
  } catch (error) {
    const fix =
      error instanceof SystemUnavailable
        ? `start it, or fix ${system.connection} and what lies between here and there`
        : `fix ${system.connection}, or what the system says`;
    return [wrong(about, words(error), fix)];
  } finally {
    // A connection that hangs must not keep the doctor.
    void connector.close().catch(() => undefined);
  }
}

function rolesOf(plan: Plan, system: string): string[] {
  const named = plan.packages.flatMap(({ entitlements, legacy }) => [...entitlements, ...legacy]).filter((entry) => entry.system === system);
  return [...new Set(named.map(({ role }) => role))].sort();
}

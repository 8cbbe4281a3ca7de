/** The connection strings of a system: the plan names the worker's environment variables that hold them. */

export type Environment = Record<string, string | undefined>;

export interface Connected {
  id: string;
  connection: string;
  /** Of another login, for the statements of metrics and usage. */
  measureConnection?: string;
}

/** The same system as statements reach it: by the login of their own, where the system has one. */
export const forStatements = <T extends Connected>(system: T): T => ({ ...system, connection: system.measureConnection ?? system.connection });

/**
 * Passes the system's connection string to `open` and returns the result. Throws an Error that names system and variable, and never repeats the string (it
 * contains a password), when it is not set or `open` cannot read it. `example`: what it looks like.
 */
export function openWith<T>(
  { id, connection }: { id: string; connection: string },
  env: Environment,
  example: string,
  open: (connectionString: string) => T,
): T {
  const connectionString = env[connection];
  if (!connectionString)
    throw new Error(
      `system '${id}': the environment variable ${connection} is not set for this worker; set it to the connection string of the system, such as ${example}`,
    );
  try {
    return open(connectionString);
  } catch {
    // Without the cause: it may repeat the password.
    throw new Error(`system '${id}': the environment variable ${connection} does not hold a connection string such as ${example}`);
  }
}

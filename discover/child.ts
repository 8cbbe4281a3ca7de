/** The process that reads one system for `init` or `observe`. */
import { serve } from '../clients/own-process/serve.ts';
import type { ReaderOptions, SystemDetails } from '../domain/site/system-entry.ts';
import { CannotRead, mostReadMiB, type ReaderHere, type WhatIsThere } from './found-system.ts';

type Kind = SystemDetails['kind'];

export interface Started {
  kind: Kind;
  connectionString: string;
  options: ReaderOptions;
}

/** Why it cannot be read crosses as an answer: an error would lose of which kind it is. */
export type Answer<T> = { is: T } | { cannotRead: Pick<CannotRead, 'kind' | 'message'> };

export interface Answering {
  read(): Promise<Answer<WhatIsThere>>;
  privileges(role: string): Promise<Answer<string[]>>;
}

const readers: Record<Kind, (connectionString: string, options: ReaderOptions) => Promise<ReaderHere>> = {
  postgres: async (connectionString) => (await import('./read-postgres.ts')).postgresReader(connectionString),
  ldap: async (connectionString, options) => (await import('./read-ldap.ts')).ldapReader(connectionString, options),
  scim: async (connectionString, options) => (await import('./read-scim.ts')).scimReader(connectionString, options),
  keycloak: async (connectionString, options) => (await import('./read-keycloak.ts')).keycloakReader(connectionString, options),
};

async function answered<T>(work: Promise<T>): Promise<Answer<T>> {
  try {
    return { is: await work };
  } catch (error) {
    if (error instanceof CannotRead) return { cannotRead: { kind: error.kind, message: error.message } };
    throw error;
  }
}

serve<Answering>(
  ({ kind, connectionString, options }: Started) => {
    // Each reading opens a connection of its own, and closes it.
    const reader = readers[kind](connectionString, options);
    return {
      read: () => answered(reader.then((one) => one.read())),
      privileges: (role) => answered(reader.then((one) => one.privileges(role))),
    };
  },
  undefined,
  mostReadMiB * 2 ** 20,
);

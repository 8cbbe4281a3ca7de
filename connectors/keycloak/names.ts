/**
 * What plans call entitlements of Keycloak: a group by its path, `/sales/clerks`; a role of the realm, `realm:clerk`; a role of a client,
 * `client:<client>:<role>`, in which `:` and `%` of the client's id are written as %3A and %25. Each has one name, so that what a site forbids cannot be asked
 * for by another spelling.
 */

export type EntitlementName = { kind: 'group'; path: string } | { kind: 'realm'; role: string } | { kind: 'client'; client: string; role: string };

/** undefined: no name of an entitlement. */
export function readName(name: string): EntitlementName | undefined {
  if (name.startsWith('/'))
    return name
      .split('/')
      .slice(1)
      .every((part) => part !== '' && part !== '.' && part !== '..')
      ? { kind: 'group', path: name }
      : undefined;
  const [, kind = '', rest = ''] = /^(realm|client):(.+)$/s.exec(name) ?? [];
  if (kind === 'realm') return isSegment(rest) ? { kind, role: rest } : undefined;
  const [, encoded = '', role = ''] = kind === 'client' ? (/^([^:]+):(.+)$/s.exec(rest) ?? []) : [];
  const client = decoded(encoded);
  return client === undefined || !isSegment(role) || clientRoleName(client, role) !== name ? undefined : { kind: 'client', client, role };
}

export const realmRoleName = (role: string): string => `realm:${role}`;
export const clientRoleName = (client: string, role: string): string => `client:${client.replaceAll('%', '%25').replaceAll(':', '%3A')}:${role}`;

/** Two dots would be another address. */
const isSegment = (text: string): boolean => text !== '' && text !== '.' && text !== '..';

function decoded(text: string): string | undefined {
  if (/%(?!25|3A)/.test(text) || text === '') return undefined;
  return text.replaceAll('%3A', ':').replaceAll('%25', '%');
}

/** What the site file says of the use of a system, for people. Patterns of roles and accounts are left out: they are for those who run Rolewave. */
import type { System } from './schema.ts';

/** Parts of sentences about the system: `is opened read-only, so nothing is changed in it`. */
export function systemTerms(system: System): string[] {
  return [...(system.readOnly ? ['is opened read-only, so nothing is changed in it'] : []), ...ofKind(system)];
}

function ofKind(system: System): string[] {
  switch (system.kind) {
    case 'postgres':
      return [
        `has at most ${system.limits.connections} connections of a worker that grants and revokes`,
        `ends a statement of a metric after ${system.limits.statementSeconds} seconds`,
      ];
    case 'ldap':
    case 'scim':
    case 'keycloak':
      return [
        system.probe === undefined ? 'is not measured, because the site file does not allow it (probe)' : `is measured again after ${system.probe.days} days`,
        ...(isSoleWriter(system) ? ['is changed by Rolewave alone, as far as plans grant something in it (soleWriter)'] : []),
        ...(system.withoutRevoke === 'leave' ? ['keeps what was granted when a rollback cannot tell whose it is (withoutRevoke: leave)'] : []),
      ];
    default:
      return [];
  }
}

function isSoleWriter(system: Extract<System, { kind: 'ldap' | 'scim' | 'keycloak' }>): boolean {
  if (system.kind === 'keycloak') return system.soleWriter;
  return system.kind === 'scim' && system.attribute ? system.attribute.soleWriter : system.groups.soleWriter;
}

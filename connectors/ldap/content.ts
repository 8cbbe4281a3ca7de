/** What a group can do, as far as a directory shows it: the groups that it is a member of itself, and their groups, and its number where it has one. */
import { EqualityFilter, OrFilter } from 'ldapts';
import { sha256Hex } from '../../domain/canonical.ts';
import type { RoleContent } from '../connector.ts';
import { binaryAttributes, idAttributes, idOf } from './accounts.ts';
import type { Group } from './groups.ts';
import { dnKey } from './names.ts';
import { valuesOf, type LdapSession } from './session.ts';
import type { LdapSettings } from './settings.ts';

export const absentGroup = (role: string): RoleContent => ({ role, exists: false, digest: sha256Hex({ exists: false, privileges: [] }), privileges: [] });

/** Characters of an id: enough to tell two that had one name. */
const idShown = 8;

export async function contentOf(session: LdapSession, settings: LdapSettings, group: Group): Promise<RoleContent> {
  const { isActiveDirectory } = await session.facts();
  const found = new Map<string, string>();
  const seen = new Set([dnKey(group.dn)]);
  for (let level = [group.dn]; level.length > 0;) {
    const next: string[] = [];
    for (const dn of level)
      for (const parent of await (isActiveDirectory ? parentsInside(session, dn) : parentsOf(session, settings.groups.base, dn))) {
        if (seen.has(dnKey(parent.dn))) continue;
        seen.add(dnKey(parent.dn));
        found.set(parent.id, parent.dn);
        next.push(parent.dn);
      }
    level = next;
  }
  const privileges = [
    ...[...found].map(([id, dn]) => `member of ${dn} (${id.slice(0, idShown)})`),
    ...(group.gidNumber === undefined ? [] : [`gidNumber ${group.gidNumber}`]),
  ].toSorted();
  // One that was made again under the same name is another one, which its id tells.
  const digest = sha256Hex({ exists: true, privileges });
  return { role: group.name, exists: true, id: group.id, digest, privileges };
}

interface Parent {
  id: string;
  dn: string;
}

async function parentsOf(session: LdapSession, base: string, dn: string): Promise<Parent[]> {
  const filter = new OrFilter({ filters: ['member', 'uniqueMember'].map((attribute) => new EqualityFilter({ attribute, value: dn })) });
  const entries = await session.search({ base, scope: 'sub', filter, attributes: idAttributes, binary: binaryAttributes, paged: true });
  return entries.map((entry) => ({ id: idOf(entry) ?? entry.dn, dn: entry.dn }));
}

/** Active Directory writes into each entry which groups it is in. */
async function parentsInside(session: LdapSession, dn: string): Promise<Parent[]> {
  const parents = valuesOf(await session.entry(dn, ['memberOf']), 'memberOf');
  return Promise.all(
    parents.map(async (parent) => {
      const entry = await session.entry(parent, idAttributes, binaryAttributes);
      return { id: (entry && idOf(entry)) ?? parent, dn: parent };
    }),
  );
}

/** Checks whether Rolewave can do its work in this server. One line per finding, for people. Changes nothing. */
import type { CheckLine } from '../connector.ts';
import type { Entitlement } from './entitlements.ts';
import type { Server } from './members.ts';
import type { ServerFacts } from './session.ts';
import { isSoleWriter, type ScimSettings } from './settings.ts';

export async function checkLines(server: Server, roles: string[], onlyReading: boolean): Promise<{ version: string; lines: CheckLine[] }> {
  const { session, settings, entitlements, users } = server;
  const facts = await session.facts(true);
  const found = await entitlements.named(roles);
  // Not every server that shows groups shows users.
  await users.named(['rolewave']);
  const { clientId } = settings.credentials;
  const lines: CheckLine[] = [
    {
      state: 'ok',
      text: `the SCIM server answers; Rolewave is let in with ${clientId === undefined ? 'its bearer token' : `tokens of the client ${clientId}`}`,
    },
  ];
  if (settings.baseUrl.startsWith('http:'))
    lines.push({ state: 'warning', text: 'the connection is not encrypted, and the token crosses the network as it is', fix: 'use an https:// address' });
  lines.push(...factLines(facts, onlyReading));
  if (!onlyReading && !isSoleWriter(settings))
    lines.push({
      state: 'warning',
      text: 'SCIM does not show who granted something: Rolewave leaves what it granted when it is rolled back, because somebody else may have granted the same person the same again',
      fix: `set ${settings.attribute ? 'attribute' : 'groups'}.soleWriter in the site file where nobody else changes it`,
    });
  for (const role of roles) lines.push(roleLine(role, found.get(role), facts, settings, onlyReading));
  return { version: 'SCIM 2.0', lines };
}

function factLines({ isSilent, patches, filters, versions }: ServerFacts, onlyReading: boolean): CheckLine[] {
  const lines: CheckLine[] = [];
  if (isSilent)
    lines.push({
      state: 'warning',
      text: 'the server does not say what it can (ServiceProviderConfig): it is taken for one that has PATCH and filters',
      fix: 'nothing has to be done where it has',
    });
  if (!patches && !onlyReading)
    lines.push({
      state: 'wrong',
      text: 'the server says that it has no PATCH: one member cannot be added or removed without writing the whole list',
      fix: 'switch PATCH on in the server, or make the system readOnly in the site file',
    });
  if (!filters)
    lines.push({
      state: 'warning',
      text: 'the server says that it does not filter: whole lists are read to find a name',
      fix: 'nothing has to be done; large lists take long',
    });
  if (!versions && !onlyReading)
    lines.push({
      state: 'warning',
      text: 'the server does not compare versions (ETag): what somebody else changes between reading a group and changing it, within milliseconds, is not noticed',
      fix: 'nothing has to be done',
    });
  return lines;
}

/** Whether it may be written is not asked: SCIM knows no request that changes nothing, whatever a server makes of it. */
function roleLine(role: string, found: Entitlement | undefined, { patches }: ServerFacts, { attribute }: ScimSettings, onlyReading: boolean): CheckLine {
  if (!found && attribute) return { state: 'wrong', text: `role ${role} is not one of attribute.values`, fix: 'add it there, or fix the plan' };
  if (!found) return { state: 'wrong', text: `role ${role} does not exist`, fix: 'create the group in the SCIM server, or fix the plan' };
  if (onlyReading) return { state: 'ok', text: `who has role ${role} can be read` };
  if (!patches) return { state: 'wrong', text: `role ${role} cannot be granted, because the server has no PATCH`, fix: 'switch PATCH on in the server' };
  return { state: 'ok', text: `role ${role} is there; whether Rolewave may grant it is known with the first change` };
}

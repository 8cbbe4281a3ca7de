/** Checks whether Rolewave can do its work in this realm. One line per finding, for people. Changes nothing but the group of locks, which it makes. */
import { z } from 'zod';
import type { CheckLine } from '../connector.ts';
import { isRefusal } from './answers.ts';
import type { Realm } from './realm.ts';

const infoSchema = z.object({ realm: z.string() });
/** A change that was lost is waited for until its token has ended. */
const longTokenMs = 10 * 60_000;
const longestWatchDays = 90;

export async function checkLines(realm: Realm, roles: string[], onlyReading: boolean): Promise<{ version: string; lines: CheckLine[] }> {
  const { session, settings } = realm;
  const token = await session.token();
  await session.get({ about: `realm '${settings.realm}' cannot be read`, path: [] }, infoSchema);
  const lines: CheckLine[] = [{ state: 'ok', text: `Keycloak answers; Rolewave is signed in as ${await realm.administrators.nameOf(token.accountId)}` }];
  if (settings.tls === 'none' && settings.baseUrl.startsWith('http:'))
    lines.push({
      state: 'warning',
      text: 'the connection is not encrypted, and the secret crosses the network as it is',
      fix: 'use https:// in the connection string, and leave out `tls: none`',
    });
  const seesClients = await realm.contents.seesClients();
  if (!seesClients)
    lines.push({
      state: 'wrong',
      text: "Rolewave's login may not see the clients of the realm, and so not all that groups and roles can do",
      fix: 'give it the role view-clients of the client realm-management',
    });
  if (!onlyReading) {
    lines.push(...(await lockLines(realm)), ...(await witnessLines(realm, roles)));
    if (token.expiresMs - session.nowMs() > longTokenMs)
      lines.push({
        state: 'warning',
        text: "Rolewave's tokens hold for longer than ten minutes, and as long a group or role waits after a worker died in the middle of a change",
        fix: "set the Access Token Lifespan of Rolewave's client to five minutes",
      });
  }
  for (const role of roles) lines.push(await roleLine(realm, role, onlyReading, seesClients));
  return { version: 'Keycloak', lines };
}

async function lockLines({ locks, settings }: Realm): Promise<CheckLine[]> {
  try {
    await locks.group({ anew: true });
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [
      {
        state: 'wrong',
        text: error.message,
        fix: `give Rolewave's login the role manage-users of the client realm-management, or make the top-level group '${settings.lockGroup}' and let it manage it`,
      },
    ];
  }
}

async function witnessLines({ events, settings }: Realm, roles: string[]): Promise<CheckLine[]> {
  if (settings.soleWriter) return [];
  const fix =
    'turn on Realm settings > Events > Admin events settings > Save events, and Include representation; or set soleWriter where nobody else changes these groups and roles';
  try {
    const { isKept, hasDetails, keptSeconds } = await events.config();
    if (!isKept)
      return [
        {
          state: 'warning',
          text: 'the realm keeps no admin events: Rolewave leaves what it granted when it is rolled back, because somebody else may have given the same access again',
          fix,
        },
      ];
    const lines: CheckLine[] = [];
    if (!hasDetails)
      lines.push({
        state: roles.some((role) => !role.startsWith('/')) ? 'wrong' : 'warning',
        text: 'admin events are kept without their representation: they do not say which role was given to whom, nor whether events were turned off for a while',
        fix,
      });
    if (keptSeconds !== undefined && keptSeconds < longestWatchDays * 86_400)
      lines.push({
        state: 'warning',
        text: `admin events are kept for ${Math.floor(keptSeconds / 86_400)} days: access that was granted longer ago is not revoked`,
        fix: 'keep them longer than the longest watch window and rollback (Realm settings > Events > Admin events settings > Expiration)',
      });
    return lines.length > 0 ? lines : [{ state: 'ok', text: "who gave which access is read from the realm's admin events" }];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return [{ state: 'wrong', text: error.message, fix: 'give it the role view-events of the client realm-management' }];
  }
}

async function roleLine({ entitlements, contents }: Realm, role: string, onlyReading: boolean, seesClients: boolean): Promise<CheckLine> {
  const found = await entitlements.named(role);
  if (!found)
    return {
      state: 'wrong',
      text: `role ${role} does not exist`,
      fix: 'create it in Keycloak, or fix the plan: a group is /its/path, a role of the realm is realm:name, and a role of a client is client:client:name',
    };
  if (onlyReading) return { state: 'ok', text: `who holds ${role} can be read` };
  if (found.kind === 'group' && found.mayManage === false)
    return {
      state: 'wrong',
      text: `Rolewave may not change members of ${role}`,
      fix: 'give its login the role manage-users of the client realm-management, or the fine-grained permission to manage the members of this group',
    };
  const { administers } = seesClients ? await contents.of(found) : { administers: undefined };
  return administers === undefined
    ? { state: 'ok', text: `role ${role} can be granted and revoked` }
    : {
        state: 'wrong',
        text: `role ${role} gives rights over Keycloak itself (${administers}), which Rolewave never grants`,
        fix: 'take it out of the plan, or take these rights out of it',
      };
}

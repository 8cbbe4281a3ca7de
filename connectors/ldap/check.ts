/** Checks whether Rolewave can do its work in this directory. One line per finding, for people. Changes nothing. */
import { Attribute, Change } from 'ldapts';
import type { CheckLine } from '../connector.ts';
import type { Group } from './groups.ts';
import { givenUp, markerOf, newNonce } from './marker.ts';
import type { Directory } from './members.ts';
import { LdapRefused } from './result-codes.ts';

const noSuchAttribute = 16;
const alreadyThere = 20;

export async function checkLines(directory: Directory, roles: string[], onlyReading: boolean): Promise<{ version: string; lines: CheckLine[] }> {
  const { session, settings, groups } = directory;
  const { version, asserts } = await session.facts();
  const lines: CheckLine[] = [{ state: 'ok', text: `${version} answers; Rolewave is signed in as ${settings.bindDn}` }];
  if (settings.security === 'none')
    lines.push({
      state: 'warning',
      text: 'the connection is not encrypted, and the password crosses the network as it is',
      fix: 'use ldaps://, or leave out `tls: none` for StartTLS',
    });
  const found = await groups.named(roles);
  if (!onlyReading) {
    lines.push(...(await witnessLines(directory)));
    if (!asserts)
      lines.push({
        state: 'warning',
        text: 'the directory has no assertion control (RFC 4528): a change to the same members in the same moment stops a batch, and it is tried again',
        fix: 'nothing has to be done',
      });
    if (settings.groups.placeholder === undefined && [...found.values()].some(({ form }) => form.needsMember))
      lines.push({
        state: 'warning',
        text: 'groups of the plan must keep one member by their schema: the last one cannot be revoked',
        fix: 'name an entry that is nobody in groups.placeholder of the site file, which Rolewave puts in when the last member goes',
      });
  }
  for (const role of roles) lines.push(await roleLine(directory, role, found.get(role), onlyReading));
  return { version, lines };
}

async function roleLine(directory: Directory, role: string, group: Group | undefined, onlyReading: boolean): Promise<CheckLine> {
  if (!group) return { state: 'wrong', text: `role ${role} does not exist`, fix: 'create the group below groups.base of the site file, or fix the plan' };
  if (onlyReading) return { state: 'ok', text: `who is in group ${role} can be read` };
  const why = await whyNotWritable(directory, group);
  if (why === undefined) return { state: 'ok', text: `role ${role} can be granted and revoked` };
  const { attribute } = group.form;
  return {
    state: 'wrong',
    text: `Rolewave may not change role ${role}: ${why}`,
    fix: `let Rolewave's login write ${attribute} and ${directory.settings.groups.marker} of ${group.dn}`,
  };
}

/** The last step must fail, so that the server looks at the rights and keeps nothing. */
async function whyNotWritable({ session, settings }: Directory, { dn, form }: Group): Promise<string | undefined> {
  const nonce = newNonce();
  const step = (operation: 'add' | 'delete', type: string, value: string) => new Change({ operation, modification: new Attribute({ type, values: [value] }) });
  const { marker } = settings.groups;
  try {
    await session.modify(dn, [
      step('add', marker, markerOf(nonce)),
      step('add', form.attribute, form.byDn ? settings.bindDn : 'rolewave'),
      step('delete', marker, givenUp(nonce)),
    ]);
  } catch (error) {
    if (!(error instanceof LdapRefused)) throw error;
    return error.code === noSuchAttribute || error.code === alreadyThere ? undefined : error.message;
  }
  throw new Error('the directory took a change that cannot be made: report it, and look at the members of the group');
}

async function witnessLines({ session, settings: { accesslog, groups } }: Directory): Promise<CheckLine[]> {
  if (accesslog === undefined)
    return groups.soleWriter
      ? []
      : [
          {
            state: 'warning',
            text: 'the directory does not show who added a member: Rolewave leaves what it granted when it is rolled back, because somebody else may have added the same person again',
            fix: "name the log of OpenLDAP's overlay accesslog in `accesslog`, or set groups.soleWriter where nobody else changes these groups",
          },
        ];
  const log = await session.entry(accesslog, ['objectClass']);
  return log
    ? [{ state: 'ok', text: `who added which member is read from ${accesslog}` }]
    : [
        {
          state: 'wrong',
          text: `the log of changes ${accesslog} cannot be read`,
          fix: "let Rolewave's login read it without a size limit, or fix `accesslog` in the site file",
        },
      ];
}

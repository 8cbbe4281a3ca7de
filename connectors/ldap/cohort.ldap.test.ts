/** Cohorts by a filter, in a real directory. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalIn } from '../../domain/statement-refused.ts';
import { ifMissing, people, settingsOf, slapd, startDirectory, type TestDirectory } from '../../test/support/slapd.ts';
import type { Connector } from '../connector.ts';
import { ldapConnector } from './connector.ts';

describe.skipIf(!slapd)(`the filter of a cohort${ifMissing}`, () => {
  let directory: TestDirectory;
  let connector: Connector;
  const many = 1_200;
  beforeAll(async () => {
    directory = await startDirectory();
    for (const [uid, title] of [
      ['ann', 'clerk'],
      ['ben', 'clerk'],
      ['cem', 'head'],
    ] as const)
      await directory.admin.add(`uid=${uid},${people}`, { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid, title, userPassword: `secret of ${uid}` });
    for (let at = 0; at < many; at += 1)
      await directory.admin.add(`uid=x${at},${people}`, { objectClass: 'inetOrgPerson', uid: `x${at}`, cn: 'x', sn: 'x', title: 'many' });
    connector = ldapConnector(settingsOf(directory, { accounts: { base: people, name: 'uid', filterBy: ['title', 'objectClass', 'sn'] } }));
  });
  afterAll(async () => {
    await connector?.close();
    await directory?.stop();
  });

  const ask = (filter: string | undefined, accounts = ['ann', 'ben', 'cem', 'zoe']) => {
    if (!connector.cohort) throw new Error('a directory has no cohorts');
    return connector.cohort({ plan: 'p', filter, accounts, rolePackage: 'clerks' });
  };

  test('answers those of the accounts that match', async () => {
    expect(await ask('(title=clerk)')).toEqual(['ann', 'ben']);
    expect(await ask('(&(objectClass=inetOrgPerson)(!(title=many)))', ['cem'])).toEqual(['cem']);
    expect(await ask('(title=nobody)')).toEqual([]);
  });

  test('is read whole, beyond what the server sends at once', async () => {
    const all = Array.from({ length: many }, (_, at) => `x${at}`);
    expect(await ask('(title=many)', all)).toEqual(all);
  });

  test('finds accounts by their DN where plans call them so', async () => {
    const byDn = ldapConnector(settingsOf(directory, { accounts: { base: people, name: 'dn', filterBy: ['title'] } }));
    const dn = `uid=cem,${people}`;
    expect(await byDn.cohort?.({ plan: 'p', filter: '(title=head)', accounts: [dn], rolePackage: 'clerks' })).toEqual([dn]);
    await byDn.close();
  });

  test.each([
    ['(userPassword=secret of ann)', /chooses by 'userpassword'/],
    ['(2.5.4.35=secret of ann)', /it has a condition that is not/],
    ['(:caseExactMatch:=ann)', /it has a condition that is not/],
    ['(title=clerk))(uid=*', /it closes a bracket/],
    ['title=clerk', /is in brackets/],
  ])('%s is refused before the directory is asked', async (filter, why) => {
    const error = await ask(filter).catch((thrown: unknown) => thrown);
    expect(refusalIn(error)?.message).toMatch(why);
  });

  test('may choose by nothing where the site lists nothing', async () => {
    const strict = ldapConnector(settingsOf(directory));
    await expect(strict.cohort?.({ plan: 'p', filter: '(title=clerk)', accounts: ['ann'], rolePackage: 'clerks' })).rejects.toThrow(/filter by no attribute/);
    await strict.close();
  });

  test('and no statement is taken', async () => {
    await expect(ask(undefined)).rejects.toThrow('a directory takes a filter, and no statement');
  });
});

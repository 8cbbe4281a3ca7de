import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPrivilegeName, privilegeMistake, privilegeName, privilegesOf, readPrivilege, type Privilege } from './postgres-privileges.ts';

describe('the name of a privilege', () => {
  test.each<[string, Privilege]>([
    ['table:erp.invoices:select', { kind: 'table', schema: 'erp', name: 'invoices', privilege: 'select' }],
    ['schema:erp:usage', { kind: 'schema', schema: 'erp', privilege: 'usage' }],
    ['table:erp."Open Items":update', { kind: 'table', schema: 'erp', name: 'Open Items', privilege: 'update' }],
    ['table:"a.b"."c""d:select":insert', { kind: 'table', schema: 'a.b', name: 'c"d:select', privilege: 'insert' }],
    // A word of SQL needs no quotes here, so that a new version of PostgreSQL changes no name.
    ['table:public.order:delete', { kind: 'table', schema: 'public', name: 'order', privilege: 'delete' }],
  ])('%s is read', (name, privilege) => {
    expect(readPrivilege(name)).toEqual(privilege);
    expect(privilegeName(privilege)).toBe(name);
    expect(privilegeMistake(name)).toBeUndefined();
  });

  test('each privilege on each name has one name, which is read as that privilege alone', () => {
    const word = fc.string({ minLength: 1, maxLength: 15 }).filter((text) => !text.includes('\0') && !text.startsWith('pg_'));
    fc.assert(
      fc.property(word, word, fc.constantFrom(...privilegesOf.table), (schema, name, privilege) => {
        const of = { kind: 'table', schema, name, privilege } as const;
        expect(readPrivilege(privilegeName(of))).toEqual(of);
      }),
    );
  });

  test.each([
    ['table:erp.invoices:SELECT', 'is written table:erp.invoices:select'],
    ['table:erp.invoices:select,insert', 'one in each entitlement'],
    ['table:erp.invoices:all', 'ends with no privilege'],
    ['schema:erp:select', 'ends with no privilege on a schema: one of usage, create'],
    ['table:invoices:select', 'begins like a privilege, which is written table:SCHEMA.NAME:PRIVILEGE'],
    ['table:erp.Invoices:select', 'is written table:erp."Invoices":select'],
    ['table:erp.invoices', 'begins like a privilege'],
    ['table:"erp".invoices:select', 'is written table:erp.invoices:select'],
    ['table:pg_catalog.pg_authid:select', "is about PostgreSQL's own schemas"],
    ['schema:information_schema:usage', "is about PostgreSQL's own schemas"],
    [`table:erp.${'x'.repeat(64)}:select`, 'has a name of 64 bytes'],
    ['view:erp.totals:select', 'looks like a privilege on a view, and a plan names privileges on tables and views as table:'],
    ['Table: erp.invoices: select', 'looks like a privilege on a table'],
    ['sequence:erp.numbers:usage', 'looks like a privilege on a sequence'],
    ['database:erp:connect', 'put those into a role'],
  ])('%s is no entitlement, and it says why', (name, why) => {
    expect(privilegeMistake(name)).toContain(why);
    expect(readPrivilege(name)).toBeUndefined();
  });

  test.each(['erp_clerk', 'tables', 'app:reader', 'table', 'select', 'team:erp:readers', 'domain users'])('%s is the name of a role', (name) => {
    expect(isPrivilegeName(name)).toBe(false);
    expect(privilegeMistake(name)).toBeUndefined();
  });
});

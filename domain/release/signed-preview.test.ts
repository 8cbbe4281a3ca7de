import { expect, test } from 'vitest';
import { sizeOf } from '../size-of.ts';
import { mostOfPreview, type PreviewContent } from './signed-preview.ts';

const preview = (people: number, others: number, text: (n: number) => string): PreviewContent => ({
  plan: 'p',
  package: 'clerk',
  system: 'erp',
  entitlements: [
    { system: 'erp', role: 'clerk' },
    { system: 'erp', role: 'reader' },
  ] as PreviewContent['entitlements'],
  legacy: [],
  people: Array.from({ length: people }, (_, n) => ({ person: `person.${n}`, account: `account.${n}`, accountId: text(n) })),
  before: Array.from({ length: people }, (_, n) => ({
    role: 'clerk',
    account: `account.${n}`,
    grantor: 'kim',
    id: text(n),
    roleId: text(0),
    accountId: text(n),
  })) as never,
  others: Array.from({ length: others }, (_, n) => ({ role: 'clerk', account: `uid=somebody.${n}`, accountId: text(n) })),
  roles: [{ role: 'clerk', exists: true, id: text(0), digest: 'd' }],
  conflicts: [],
});
const isKept = (content: PreviewContent) => sizeOf(content) <= mostOfPreview(content);
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const taken = (people: number): PreviewContent => ({
  ...preview(0, 0, uuid),
  entitlements: [],
  drop: Array.from({ length: people * 3 }, (_, n) => ({
    role: 'cn=clerks of the month end,ou=groups,dc=company,dc=example',
    account: `uid=account.${n},ou=people,dc=company,dc=example`,
    grantor: 'cn=rolewave,dc=company,dc=example',
    options: {},
    id: uuid(n),
    roleId: uuid(1),
    accountId: uuid(n),
    grantorId: uuid(2),
    person: `person.${n}`,
  })),
});

test.each([
  ['20,000 people whose three entitlements are taken back', taken(20_000), true],
  ['ten people in an entitlement that 60,000 others hold', preview(10, 60_000, uuid), true],
  ['20,000 people', preview(20_000, 0, uuid), true],
  ['ten people in an entitlement that 40,000 others hold, with ids as long as they may be', preview(10, 40_000, () => 'x'.repeat(1_000)), false],
])('a preview of %s is kept: %#', (_what, content, kept) => expect(isKept(content)).toBe(kept));

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutSecrets } from './secrets.ts';

const env = {
  ERP_DATABASE_URL: 'postgres://me:p%40ss%2Fword@db.example.com:5432/erp?application_name=x',
  CRM_DATABASE_URL: 'postgres://db.example.com/crm?user=me&password=quite+secret',
  SMTP_URL: 'smtps://mailer:m41l-p4ss@mail.example.com',
  ROLEWAVE_TOKEN: 'eyJ.token.here',
  NOTICE_WEBHOOK_SECRET: 'whsec_abcdefgh',
  PATH: '/usr/bin',
};

test('passwords, tokens and keys are removed, both as written and decoded; the rest stays', () => {
  const clean = withoutSecrets(env);
  for (const secret of ['p%40ss%2Fword', 'p@ss/word', 'quite+secret', 'm41l-p4ss', 'eyJ.token.here', 'whsec_abcdefgh'])
    expect(clean(`the server says: ${secret}!`), secret).toBe('the server says: ***!');
  expect(clean('login me at db.example.com:5432, /usr/bin')).toBe('login me at db.example.com:5432, /usr/bin');
});

test('no password of a connection string is printed', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, unit: 'binary' }), fc.string(), fc.string(), (password, before, after) => {
      fc.pre(password.isWellFormed() && !'***'.includes(password));
      const clean = withoutSecrets({ ERP_DATABASE_URL: `postgres://me:${encodeURIComponent(password)}@127.0.0.1/erp` });
      const said = clean(`${before}${password}${after}`);
      // The result may contain it only where the text around it did.
      expect(said.includes(password) && !before.includes(password) && !after.includes(password)).toBe(false);
    }),
  );
});

test('a whole connection string is removed, whatever its form', () => {
  const whole = {
    DATABASE_URL: '/secret/socket store',
    CRM: 'postgres://db.example.com/crm',
    ERP_DATABASE_URL: 'postgres://me:"p@"@db.example.com',
    TEMPORAL_GRPC_META_X_AUTH: 'as header',
    PATH: '/usr/bin',
  };
  const clean = withoutSecrets(whole);
  expect(clean(Object.values(whole).join(' | '))).toBe('*** | *** | *** | *** | /usr/bin');
  expect(clean(JSON.stringify({ error: whole.ERP_DATABASE_URL }))).toBe('{"error":"***"}');
});

test('a broken escape in a password does not fail', () => {
  expect(withoutSecrets({ X: 'postgres://me:100%zz-sure@host/db' })('100%zz-sure')).toBe('***');
});

import { open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { terminal } from './terminal.ts';
import { messageTo } from '../test/support/notices.ts';

test('prints one block for all recipients of a notice', async () => {
  const path = join(tmpdir(), `rolewave-terminal-${process.pid}`);
  const file = await open(path, 'w');
  const channel = terminal(file.fd);
  const message = messageTo(undefined);
  expect(channel.recipients(message.notice)).toEqual(['']);
  await channel.send(message);
  await file.close();
  expect(await readFile(path, 'utf8')).toBe(`
── Sign-off needed: erp/wave-1/clerks (by 2027-03-02 18:00 UTC)
  Clerks waits for your sign-off before its go-live on 2027-03-02 18:00 UTC.

  olga (Olga Nowak) is asked.

  For:     Olga Nowak
  By:      2027-03-02 18:00 UTC
  Page:    https://rolewave.example.com/requests/erp/wave-1/clerks
  Answer:  rolewave sign-off erp/wave-1/clerks

  Names and reasons are as people wrote them in the plan; addresses in them are broken up, so that nobody follows one by mistake. The page above is Rolewave’s own.
  This is notice erp/wave-1#notice-1-ab12cd34 from Rolewave. If it reaches you twice, it is the same notice.

`);
  await rm(path);
});

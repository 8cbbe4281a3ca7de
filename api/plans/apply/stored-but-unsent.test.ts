import { expect, test } from 'vitest';
import { Problem } from '../../errors.ts';
import { storedButUnsent } from './stored-but-unsent.ts';

const applied = { plan: 'test', revision: 3, changed: true };

test('what goes wrong after the revision is stored does not say that the plan was at fault', () => {
  expect(storedButUnsent(new Problem('plan-unreadable', 'The plan was not read within 60 seconds.'), applied)).toMatchObject({
    code: 'apply-unfinished',
    message: 'Revision 3 is stored, and none of its waves has it yet: The plan was not read within 60 seconds.',
    more: { revision: 3, changed: true, waves: [] },
  });
});

test('an error that nobody expects stays what it is', () => {
  const error = new Error('a fault in the code');
  expect(storedButUnsent(error, applied)).toBe(error);
});

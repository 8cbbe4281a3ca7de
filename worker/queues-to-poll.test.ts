import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { queuesToPoll } from './queues-to-poll.ts';

test('the systems in use are polled, each once', () => {
  expect(queuesToPoll({ standing: ['hr', 'erp'], planned: ['erp', 'crm'] }, ['lab'], ['crm', 'erp'], 100)).toEqual({
    poll: ['erp', 'hr', 'lab', 'crm'],
    leftOut: [],
  });
});

test('over the bound, the systems of standing releases stay, and what is left out is named', () => {
  const ids = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 30 });
  fc.assert(
    fc.property(ids, ids, ids, fc.integer({ min: 1, max: 40 }), (standing, planned, needed, most) => {
      const { poll, leftOut } = queuesToPoll({ standing, planned }, needed, planned, most);
      expect(poll.length).toBeLessThanOrEqual(most);
      expect(new Set([...poll, ...leftOut])).toEqual(new Set([...standing, ...planned, ...needed]));
      if (standing.length <= most) expect(poll).toEqual(expect.arrayContaining(standing));
      else expect(standing).toEqual(expect.arrayContaining(poll));
    }),
  );
});

test('a row that names systems which the site does not have takes no place of others', () => {
  const forged = Array.from({ length: 500 }, (_, index) => `a${index}`);
  expect(queuesToPoll({ standing: [], planned: [...forged, 'erp'] }, [], ['erp', 'hr'], 100)).toEqual({ poll: ['erp'], leftOut: [] });
});

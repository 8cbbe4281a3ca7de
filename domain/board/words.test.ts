import { expect, test } from 'vitest';
import { idInWords, spaced } from './words.ts';

test.each([
  ['wave-3', 'Wave 3', 'wave 3'],
  ['hr-operations', 'HR operations', 'HR operations'],
  ['warehouse_operations', 'Warehouse operations', 'warehouse operations'],
  ['erp', 'ERP', 'ERP'],
])('%s is written %s, and %s within a sentence', (id, alone, within) => {
  expect([idInWords(id), spaced(id)]).toEqual([alone, within]);
});

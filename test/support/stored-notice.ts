/** A notice as the store has it. */
import type { Notice } from '../../domain/notices/request.ts';

export const asked = (id: string, change: Partial<Notice> = {}): Notice => ({
  id,
  plan: 'test',
  wave: 'wave-1',
  package: 'clerk',
  kind: 'signOff',
  level: 'first',
  to: ['olga'],
  openedAtMs: 1_000,
  text: 'clerk waits for your sign-off.',
  command: 'rolewave sign-off test/wave-1/clerk',
  ...change,
});

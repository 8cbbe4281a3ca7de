/** Writing the review of a wave, which closes it. */
import type { Field } from '../actions/fields.tsx';
import { text, type Form } from '../actions/form.ts';

const fields: readonly Field[] = [
  { name: 'successes', label: 'What went well', kind: 'text', required: true },
  { name: 'challenges', label: 'What was difficult', kind: 'text', required: true },
  { name: 'improvements', label: 'What to improve', kind: 'text', required: true },
];

export const reviewForm: Form = {
  title: 'Write the review?',
  confirm: 'Close the wave',
  kind: 'mine',
  says: <p>It closes the wave. Its packages are still evaluated every week, and the review stays with the wave.</p>,
  fields,
  segment: 'review',
  body: (values) => Object.fromEntries(fields.map(({ name }) => [name, text(values, name)])),
};

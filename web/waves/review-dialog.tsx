/** Writing the review of a wave, which closes it: asked once, sent once, followed until it is decided. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { deliver, isUnanswered, newMessageId, type Delivery } from '../actions/deliver.ts';
import { FieldRow, firstMistake, type Field, type Values } from '../actions/fields.tsx';
import { text } from '../actions/form.ts';
import { Outcome } from '../actions/outcome.tsx';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';

const fields: readonly Field[] = [
  { name: 'successes', label: 'What went well', kind: 'text', required: true },
  { name: 'challenges', label: 'What was difficult', kind: 'text', required: true },
  { name: 'improvements', label: 'What to improve', kind: 'text', required: true },
];

export function ReviewDialog({ at, onClose }: { at: { plan: string; wave: string }; onClose: (written: boolean) => void }) {
  const [values, setValues] = useState<Values>({});
  const [mistake, setMistake] = useState<string>();
  const [now, setNow] = useState<Delivery>();
  const message = useRef(newMessageId());
  const stop = useRef(new AbortController());
  const prefix = useId();
  useEffect(() => () => stop.current.abort(), []);
  const sending = now?.state === 'sending' || now?.state === 'received';

  async function submit() {
    if (sending) return;
    const wrong = firstMistake(fields, values);
    setMistake(wrong?.message);
    if (wrong) return document.getElementById(`${prefix}-${wrong.name}`)?.focus();
    const path = `/v1/waves/${encodeURIComponent(at.plan)}/${encodeURIComponent(at.wave)}/review`;
    const body = Object.fromEntries(fields.map(({ name }) => [name, text(values, name)]));
    const last = await deliver(path, body, message.current, setNow, stop.current.signal);
    if (stop.current.signal.aborted) return;
    if (last.state === 'accepted') return onClose(true);
    if (last.state === 'failed' && !isUnanswered(last.failure)) message.current = newMessageId();
  }

  return (
    <Dialog
      title="Write the review?"
      onClose={() => onClose(false)}
      actions={
        <>
          <Button onClick={() => onClose(false)}>{now?.state === 'received' ? 'Close' : 'Cancel'}</Button>
          <Button kind="mine" disabled={sending} onClick={() => void submit()}>
            {sending ? 'Sending…' : 'Close the wave'}
          </Button>
        </>
      }
    >
      <p>It closes the wave. Its packages are still evaluated every week, and the review stays with the wave.</p>
      {fields.map((field) => (
        <FieldRow
          key={field.name}
          id={`${prefix}-${field.name}`}
          field={field}
          value={values[field.name] ?? ''}
          set={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
        />
      ))}
      <Outcome mistake={mistake} now={now} />
    </Dialog>
  );
}

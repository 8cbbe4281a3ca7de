/** The dialog of one action about a wave as a whole: asked once, sent once, followed until it is decided. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { deliver, isUnanswered, newMessageId, type Delivery } from '../actions/deliver.ts';
import { FieldRow, firstMistake, type Values } from '../actions/fields.tsx';
import type { Form } from '../actions/form.ts';
import { Outcome } from '../actions/outcome.tsx';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';

interface Props {
  at: { plan: string; wave: string };
  /** Its segment is below the wave's address in the API. */
  form: Form;
  onClose: (accepted: boolean) => void;
}

export function WaveDialog({ at, form, onClose }: Props) {
  const { fields } = form;
  const [values, setValues] = useState<Values>(form.initial ?? {});
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
    const path = `/v1/waves/${encodeURIComponent(at.plan)}/${encodeURIComponent(at.wave)}/${form.segment}`;
    const last = await deliver(path, form.body(values), message.current, setNow, stop.current.signal);
    if (stop.current.signal.aborted) return;
    if (last.state === 'accepted') return onClose(true);
    if (last.state === 'failed' && !isUnanswered(last.failure)) message.current = newMessageId();
  }

  return (
    <Dialog
      title={form.title}
      onClose={() => onClose(false)}
      actions={
        <>
          <Button onClick={() => onClose(false)}>{now?.state === 'received' ? 'Close' : 'Cancel'}</Button>
          <Button kind={form.kind} disabled={sending} onClick={() => void submit()}>
            {sending ? 'Sending…' : form.confirm}
          </Button>
        </>
      }
    >
      {form.says}
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

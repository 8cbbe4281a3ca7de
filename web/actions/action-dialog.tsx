/** The dialog of one action: asks once, says what happens, sends it once, follows it until it is decided, and shows an error where it occurred. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { OpenAction } from '../../domain/views/open-action.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { useRead } from '../data/use-read.ts';
import { apiPath, type PackageContext } from '../package/reading.ts';
import { RollbackPreview } from '../package/rollback-preview.tsx';
import { Button } from '../parts/button.tsx';
import { Failed, Loading } from '../parts/conditions.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { claimForm, endClaimForm } from './claims.tsx';
import { acceptContentForm, certifyForm, decideForm, rollbackForm, tuneForm, watchForm } from './after-release.tsx';
import { dateForm, evidenceForm, holdBackForm, liftHoldForm, noteForm, signOffForm } from './before-release.tsx';
import { deliver, isUnanswered, newMessageId, type Delivery } from './deliver.ts';
import { FieldRow, firstMistake, type Values } from './fields.tsx';
import type { Form } from './form.ts';
import { Outcome } from './outcome.tsx';
import { PeopleField } from './people-field.tsx';

interface ActionDialogProps {
  action: OpenAction;
  context: PackageContext;
  /** `decided`: it was accepted, so the page asks again. */
  onClose: (decided: boolean) => void;
}

function formOf(action: OpenAction, context: PackageContext): Form {
  switch (action.type) {
    case 'signOff':
      return signOffForm(action, context);
    case 'evidence':
      return evidenceForm(action, context);
    case 'setDate':
      return dateForm(action, context);
    case 'holdBack':
      return holdBackForm();
    case 'liftHold':
      return liftHoldForm(action, context);
    case 'note':
      return noteForm(action);
    case 'tune':
      return tuneForm(action, context);
    case 'rollback':
      return rollbackForm(action, context);
    case 'decide':
      return decideForm(action, context);
    case 'certify':
      return certifyForm(action);
    case 'acceptContent':
      return acceptContentForm(action, context);
    case 'claim':
      return claimForm(action, context);
    case 'endClaim':
      return endClaimForm(action, context);
    case 'evaluate':
    case 'extend':
    case 'pause':
    case 'resume':
    case 'abort':
      return watchForm({ ...action, type: action.type });
  }
}

export function ActionDialog({ action, context, onClose }: ActionDialogProps) {
  // What is asked does not change under the reader's hands: it is what they saw when they opened it.
  const [form] = useState(() => formOf(action, context));
  const [values, setValues] = useState<Values>(form.initial ?? {});
  const [mistake, setMistake] = useState<string>();
  const [now, setNow] = useState<Delivery>();
  const [previewed, setPreviewed] = useState(form.previews === undefined);
  const message = useRef(newMessageId());
  const stop = useRef(new AbortController());
  const busy = useRef(false);
  const prefix = useId();
  useEffect(() => () => stop.current.abort(), []);

  async function submit() {
    if (busy.current) return;
    const wrong = firstMistake(form.fields, values);
    setMistake(wrong?.message);
    if (wrong) {
      document.getElementById(`${prefix}-${wrong.name}`)?.focus();
      return;
    }
    busy.current = true;
    const last = await deliver(`${apiPath(context.place)}/${form.segment}`, form.body(values), message.current, setNow, stop.current.signal);
    busy.current = false;
    if (stop.current.signal.aborted) return;
    if (last.state === 'accepted') return onClose(true);
    // What was refused is answered; what nobody answered is sent again as the same message.
    if (last.state === 'failed' && !isUnanswered(last.failure)) message.current = newMessageId();
  }

  const sending = now?.state === 'sending' || now?.state === 'received';
  return (
    <Dialog
      title={form.title}
      onClose={() => onClose(now?.state === 'received')}
      actions={
        <>
          <Button onClick={() => onClose(now?.state === 'received')}>{now?.state === 'received' ? 'Close' : 'Cancel'}</Button>
          <Button kind={form.kind} disabled={sending || !previewed} onClick={() => void submit()}>
            {sending ? 'Sending…' : form.confirm}
          </Button>
        </>
      }
    >
      {form.says}
      {form.previews === 'rollback' && <PreviewFirst context={context} onShown={() => setPreviewed(true)} />}
      {form.fields.map((field) => {
        const row = {
          id: `${prefix}-${field.name}`,
          field,
          value: values[field.name] ?? '',
          set: (value: string) => setValues((before) => ({ ...before, [field.name]: value })),
        };
        if (field.shownIf?.(values) === false) return null;
        return field.kind === 'people' ? <PeopleField key={field.name} {...row} context={context} /> : <FieldRow key={field.name} {...row} />;
      })}
      <Outcome mistake={mistake} now={now} />
    </Dialog>
  );
}

/** What it would take away, read from the systems. Where it cannot be read, the reader is told so and may decide all the same. */
function PreviewFirst({ context, onShown }: { context: PackageContext; onShown: () => void }) {
  const { view, failure, again } = useRead<RollbackPreviewView>(`${apiPath(context.place)}/rollback-preview`, () => false);
  useEffect(() => {
    if (view ?? failure) onShown();
  }, [view, failure]);
  if (view) return <RollbackPreview preview={view} nameOf={context.nameOf} most={8} />;
  return failure ? <Failed failure={failure} retry={again} /> : <Loading what="what it would undo" />;
}

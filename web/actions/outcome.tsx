/** Below the fields of a dialog: the mistake in them, or what became of what was sent. */
import { Failed } from '../parts/conditions.tsx';
import type { Delivery } from './deliver.ts';

interface OutcomeProps {
  mistake: string | undefined;
  now: Delivery | undefined;
}

export function Outcome({ mistake, now }: OutcomeProps) {
  return (
    <>
      {mistake !== undefined && (
        <p class="condition condition-failed" role="alert">
          {mistake}
        </p>
      )}
      {now?.state === 'received' && (
        <p class="note" role="status">
          Received, and not yet decided: no worker answered yet. It is stored and will be decided; this dialog follows it. You may close it.
        </p>
      )}
      {now?.state === 'failed' && <Failed failure={now.failure} />}
    </>
  );
}

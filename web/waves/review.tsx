/** What was learned: the review that closes a wave. */
import { useState } from 'preact/hooks';
import type { ShownWave } from '../../domain/views/overview.ts';
import type { Reading } from '../data/use-read.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Loading } from '../parts/conditions.tsx';
import { nameIn } from '../package/reading.ts';
import { Panel } from '../parts/panel.tsx';
import { day } from '../parts/time.tsx';
import { reviewForm } from './review-form.tsx';
import { WaveDialog } from './wave-dialog.tsx';

interface ReviewProps {
  own: Reading<ShownWave>;
  nowMs: number;
  reader: string;
}

export function Review({ own: { view, failure, again }, nowMs, reader }: ReviewProps) {
  const [writing, setWriting] = useState(false);
  const asked = view !== undefined && !('shown' in view) && (view.requests ?? []).some(({ kind, to }) => kind === 'review' && to.includes(reader));
  return (
    <Panel
      id="review"
      title="Review"
      more={
        asked ? (
          <Button kind="mine" onClick={() => setWriting(true)}>
            Write the review
          </Button>
        ) : undefined
      }
    >
      {writing && view !== undefined && (
        <WaveDialog
          at={view}
          form={reviewForm}
          onClose={(written) => {
            setWriting(false);
            if (written) again();
          }}
        />
      )}
      {view === undefined ? failure === undefined && <Loading what="the review" lines={2} /> : <Learned view={view} nowMs={nowMs} />}
    </Panel>
  );
}

function Learned({ view, nowMs }: { view: ShownWave } & Pick<ReviewProps, 'nowMs'>) {
  if ('shown' in view) return <Empty title="Only people who act in this wave see the review">They are its owners, co-signers and operators.</Empty>;
  const { review, stage } = view;
  const nameOf = nameIn(view.names);
  if (!review)
    return (
      <Empty title={stage === 'review' ? 'The review is due' : stage === 'closed' ? 'It closed without a review' : 'Not reviewed yet'}>
        {stage === 'review'
          ? 'All its packages are stable or have ended.'
          : stage === 'closed'
            ? undefined
            : 'A wave is reviewed once its packages are stable or have ended.'}
      </Empty>
    );
  return (
    <dl class="review">
      <dt>Went well</dt>
      <dd>{review.successes}</dd>
      <dt>Was difficult</dt>
      <dd>{review.challenges}</dd>
      <dt>To improve</dt>
      <dd>{review.improvements}</dd>
      {review.actions.map(({ what, owner }) => [<dt key={`${what}-owner`}>Action of {nameOf(owner)}</dt>, <dd key={what}>{what}</dd>])}
      <dt>Written</dt>
      <dd>
        by {nameOf(review.by)} on {day(review.atMs, { time: true, yearOf: nowMs })}
      </dd>
    </dl>
  );
}

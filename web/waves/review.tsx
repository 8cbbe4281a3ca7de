/** What was learned: the review that closes a wave. */
import type { ShownWave } from '../../domain/views/overview.ts';
import type { Reading } from '../data/use-read.ts';
import { Empty, Loading } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';
import { day } from '../parts/time.tsx';

export function Review({ own: { view, failure }, nowMs }: { own: Reading<ShownWave>; nowMs: number }) {
  return (
    <Panel id="review" title="Review">
      {view === undefined ? failure === undefined && <Loading what="the review" lines={2} /> : <Learned view={view} nowMs={nowMs} />}
    </Panel>
  );
}

function Learned({ view, nowMs }: { view: ShownWave; nowMs: number }) {
  if ('shown' in view) return <Empty title="Only people who act in this wave see the review">They are its owners, co-signers and operators.</Empty>;
  const { review, stage } = view;
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
      {review.actions.map(({ what, owner }) => [<dt key={`${what}-owner`}>Action of {owner}</dt>, <dd key={what}>{what}</dd>])}
      <dt>Written</dt>
      <dd>
        by {review.by} on {day(review.atMs, { time: true, yearOf: nowMs })}
      </dd>
    </dl>
  );
}

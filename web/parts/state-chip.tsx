/** The state of a package: a shape and a color, and beside them whether it is released. The words come with the data and are never shortened here. */
import { besideMeaning, type PackageState } from '../../domain/states.ts';
import './state-chip.css';

type Tone = 'ok' | 'watch' | 'tune' | 'roll' | 'wait';
type Shape = 'ring' | 'disc' | 'dashed' | 'tick' | 'triangle' | 'square' | 'hollow' | 'dot' | 'bar';

const looks: Record<PackageState, { tone: Tone; shape: Shape }> = {
  Scheduled: { tone: 'wait', shape: 'dot' },
  'Release ready': { tone: 'ok', shape: 'tick' },
  Monitoring: { tone: 'watch', shape: 'ring' },
  'Needs tuning': { tone: 'tune', shape: 'triangle' },
  'Rollback ready': { tone: 'roll', shape: 'square' },
  Stable: { tone: 'ok', shape: 'disc' },
  'Rolled back': { tone: 'wait', shape: 'hollow' },
  Retired: { tone: 'wait', shape: 'bar' },
};

/** `beside`: 'before release', 'never released'. A package that is not released is in no color of one that is. */
export function StateChip({ state, beside }: { state: PackageState; beside?: string | undefined }) {
  const { tone, shape } = looks[state];
  const waits = beside !== undefined && state !== 'Rollback ready';
  return (
    <span class={`chip tone-${waits ? 'wait' : tone}`} title={besideMeaning(beside)}>
      <svg viewBox="0 0 10 10" aria-hidden="true">
        {shapes[waits && shape === 'ring' ? 'dashed' : shape]}
      </svg>
      <span>
        <b>{state}</b>
        {beside !== undefined && (
          <>
            <span aria-hidden="true"> · </span>
            <b>{beside}</b>
          </>
        )}
      </span>
    </span>
  );
}

/** What stands beside the states of a list, each explained once: a tooltip is nothing on a phone or for a keyboard. */
export function BesideLegend({ of }: { of: readonly { state: PackageState; beside?: string | undefined }[] }) {
  const explained = new Map(of.flatMap(({ state, beside }) => (beside === undefined ? [] : [[`${state} · ${beside}`, besideMeaning(beside)] as const])));
  if (explained.size === 0) return null;
  return (
    <p class="soft small state-legend">
      {[...explained].map(([words, meaning]) => (
        <span key={words}>
          <b>{words}</b>: {meaning}{' '}
        </span>
      ))}
    </p>
  );
}

const shapes: Record<Shape, preact.JSX.Element> = {
  ring: <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="2" />,
  disc: <circle cx="5" cy="5" r="4.5" fill="currentColor" />,
  dashed: <circle cx="5" cy="5" r="3.5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="2.2 2.2" />,
  tick: <path d="M1.5 5.5l2.5 2.5 4.5-6" fill="none" stroke="currentColor" stroke-width="2" />,
  triangle: <path d="M5 1L9.5 9H.5z" fill="currentColor" />,
  square: <rect x="1" y="1" width="8" height="8" fill="currentColor" />,
  hollow: <rect x="1.75" y="1.75" width="6.5" height="6.5" fill="none" stroke="currentColor" stroke-width="1.5" />,
  dot: <circle cx="5" cy="5" r="2" fill="currentColor" />,
  bar: <rect x="1" y="4" width="8" height="2" fill="currentColor" />,
};

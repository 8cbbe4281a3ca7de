/** What the reader may do with the wave as a whole: its date, its hold, a note, and ending it. */
import { useState } from 'preact/hooks';
import type { CalendarPlan, CalendarWave, WaveAction } from '../../domain/views/calendar.ts';
import { HoldText } from '../actions/hold-text.tsx';
import { instantOf, instantValue } from '../actions/fields.tsx';
import { given, listOf, reasonField, text, type Form } from '../actions/form.ts';
import { Button, type ButtonKind } from '../parts/button.tsx';
import { day } from '../parts/time.tsx';
import { idInWords } from '../board/words.ts';
import { WaveDialog } from './wave-dialog.tsx';

const names: Record<WaveAction, string> = {
  setDate: 'Set go-live date',
  liftHold: 'Approve lifting the hold',
  note: 'Add a note',
  abort: 'Abort the wave',
};
const kinds: Record<WaveAction, ButtonKind> = { setDate: 'mine', liftHold: 'mine', note: 'open', abort: 'takes' };
const done: Record<WaveAction, string> = {
  setDate: 'The go-live date is set.',
  liftHold: 'Your approval counts.',
  note: 'Your note is added.',
  abort: 'The wave is aborted.',
};

/** The endpoint's stream says what changed; where it is lost, the page looks by itself after what its reader did. */
const lookAgainMs = [300, 1_500, 5_000] as const;

export function WaveActions({ wave, plan, again }: { wave: CalendarWave; plan: CalendarPlan; again: () => void }) {
  const [open, setOpen] = useState<{ type: WaveAction; form: Form }>();
  const [said, setSaid] = useState<string>();
  const actions = wave.actions ?? [];
  // A wave that was aborted by its reader still says so.
  if (actions.length === 0 && said === undefined && open === undefined) return null;
  return (
    <section aria-label="What you may do with the wave">
      <div class="wave-actions">
        {actions.map((type) => (
          <Button
            key={type}
            kind={type === 'setDate' && wave.goLiveMs !== undefined ? 'open' : kinds[type]}
            onClick={() => {
              setSaid(undefined);
              setOpen({ type, form: formOf(type, wave, plan) });
            }}
          >
            {names[type]}
          </Button>
        ))}
      </div>
      <p class="done" role="status">
        {said}
      </p>
      {open && (
        <WaveDialog
          at={wave}
          form={open.form}
          onClose={(accepted) => {
            setOpen(undefined);
            if (!accepted) return;
            setSaid(done[open.type]);
            for (const ms of lookAgainMs) setTimeout(again, ms);
          }}
        />
      )}
    </section>
  );
}

function formOf(type: WaveAction, wave: CalendarWave, plan: CalendarPlan): Form {
  const { nowMs } = plan;
  const name = idInWords(wave.wave);
  const waiting = wave.packages.filter(({ released }) => !released);
  const goLive = { name: 'goLive', label: 'Go-live (UTC)', kind: 'instant', required: true, hint: `It is now ${day(nowMs, { time: true })}.` } as const;
  const initial = { goLive: instantValue(waiting.find(({ goLiveMs }) => goLiveMs !== undefined)?.goLiveMs ?? soonMs(plan)) };
  switch (type) {
    case 'setDate':
      return {
        title: `Set the go-live of ${name}`,
        confirm: 'Set the date',
        kind: 'mine',
        says: (
          <p>
            {waiting.length === 1 ? 'Its package goes' : `Its ${waiting.length} packages go`} live on that date if everything is there and signed; what is not
            ready is held back. A package that was held back, or has a date of its own, is not moved: its own page sets its date.
          </p>
        ),
        fields: [goLive, { name: 'despite', label: 'Reason to go live during a blackout', kind: 'line', hint: 'Needed only if the date is within one.' }],
        initial,
        segment: 'go-live',
        body: (values) => given({ goLiveMs: instantOf(text(values, 'goLive')), despiteBlackout: text(values, 'despite') }),
      };
    case 'liftHold':
      return {
        title: `Approve lifting the hold of ${name}?`,
        confirm: 'Approve lifting the hold',
        kind: 'mine',
        says: (
          <>
            {wave.hold && <HoldText {...wave.hold} />}
            <p>This counts as your approval. Once enough people approve the same date and the same people, the wave goes live on that date.</p>
          </>
        ),
        fields: [
          goLive,
          { name: 'pilot', label: 'Pilot', kind: 'line', hint: 'Ids of those to begin with, with commas. Leave empty for everyone.' },
          reasonField,
        ],
        initial,
        segment: 'lift-hold',
        body: (values) =>
          given({
            goLiveMs: instantOf(text(values, 'goLive')),
            pilot: text(values, 'pilot') === '' ? undefined : listOf(text(values, 'pilot')),
            since: wave.hold?.since,
            reason: text(values, 'reason'),
          }),
      };
    case 'note':
      return {
        title: `Add a note to ${name}`,
        confirm: 'Add the note',
        kind: 'mine',
        says: <p>Everyone who acts in this wave reads it, under your name. It changes nothing else.</p>,
        fields: [{ name: 'text', label: 'Note', kind: 'text', required: true }],
        segment: 'notes',
        body: (values) => ({ text: text(values, 'text') }),
      };
    case 'abort':
      return {
        title: `Abort ${name}?`,
        confirm: 'Abort the wave',
        kind: 'takes',
        says: <p>Nothing of it is released, and nothing will be: it ends at once, and what its people signed counts no more.</p>,
        fields: [reasonField],
        segment: 'abort',
        body: (values) => ({ reason: text(values, 'reason') }),
      };
  }
}

/** An hour; under a clock that runs faster, what leaves twenty seconds to press the button. In whole minutes, as the field has it. */
function soonMs({ nowMs, dayMs }: CalendarPlan): number {
  return Math.ceil((nowMs + Math.max(3_600_000, (20_000 * 86_400_000) / dayMs)) / 60_000) * 60_000;
}

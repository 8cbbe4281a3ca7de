/** What the reader may do with a wave as a whole, for a page that offers nobody what the rules refuse. A message that comes too late is still refused. */
import { whoMay } from '../authority/who-may.ts';
import { isReleased, type BoardEntry } from '../board/entry.ts';
import { isOverview } from '../is-overview.ts';
import { waveActions, type WaveAction } from '../views/calendar.ts';

/** `entries`: all packages of the wave. In the order of `waveActions`. */
export function actionsOfWave(entries: readonly [BoardEntry, ...BoardEntry[]]): WaveAction[] {
  const [{ plan, wave, reader, nowMs, notStarted }] = entries;
  if (notStarted || isOverview(wave) || wave.stage === 'closed' || wave.stage === 'aborted') return [];
  const facts = plan.waves.get(wave.wave);
  const given = wave.hold?.liftedBy ?? [];
  const onHold = wave.hold !== undefined && given.length < wave.hold.approvals;
  const waits = entries.some((entry) => !isReleased(entry));
  const possible: Record<WaveAction, boolean> = {
    setDate: waits && !onHold,
    liftHold: onHold && !given.includes(reader.id),
    note: true,
    // With what is released an abort takes access away, which a page offers only beside its preview: on the page of each package.
    abort: !entries.some(isReleased),
  };
  const who = {
    section: undefined,
    wave: { alsoSigns: facts?.alsoSigns ?? [], ...(wave.hold ? { hold: { liftedBy: facts?.liftedBy ?? [] } } : {}) },
    operators: plan.operators,
  };
  return waveActions.filter((type) => possible[type] && whoMay(who, type, nowMs).includes(reader.id));
}

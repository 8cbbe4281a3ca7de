/** What deserves attention of a package before its release: drills without sign-off, launches in or beside a peak, and what was held back. */
import { peakAt } from '../calendar/peaks.ts';
import { plannedInFull, stateOf, type BoardEntry } from './entry.ts';
import { personIn } from './facts.ts';
import type { Matter } from './matter.ts';
import { spanInWords } from './words.ts';

const dayMs = 86_400_000;

export const matterBefore = (entry: BoardEntry): Matter[] => [...drill(entry), ...heldBack(entry), ...peak(entry), ...unsigned(entry)];

const until = ({ planned, nowMs }: BoardEntry): number | undefined => (planned.goLiveMs === undefined ? undefined : planned.goLiveMs - nowMs);

function goLiveIn(entry: BoardEntry): string {
  const left = until(entry);
  if (left === undefined) return 'go-live has no date yet';
  return left > 0 ? `go-live is in ${spanInWords(left)}` : 'go-live is due';
}

function drill(entry: BoardEntry): Matter[] {
  const { planned, plan } = entry;
  const line = planned.checklist.find(({ item, ok }) => item === 'drill' && !ok);
  if (!line) return [];
  const full = plannedInFull(entry);
  const asked = full?.blockers.find((blocker) => blocker.code === 'evidence' && blocker.item === 'drill');
  const who = asked && 'person' in asked ? `; ${personIn(plan, asked.person).name} signs it` : '';
  const what = line.code === 'expired' ? 'has expired' : line.code === 'tooLong' ? 'took too long' : 'is not signed';
  return [
    {
      kind: 'drill',
      title: `Close the fallback gap of ${planned.name}`,
      why: `the rollback drill ${what}${who}, and ${goLiveIn(entry)}`,
      leftMs: until(entry),
    },
  ];
}

function heldBack(entry: BoardEntry): Matter[] {
  const { planned, nowMs } = entry;
  if (!planned.heldBack || planned.goLiveMs !== undefined) return [];
  const ago = spanInWords(Math.max(0, nowMs - planned.heldBack.atMs));
  const why = 'text' in planned.heldBack ? planned.heldBack.text : 'it was not ready on its date';
  return [{ kind: 'heldBack', title: `Set a new date for ${planned.name}`, why: `held back ${ago} ago: ${why}` }];
}

function peak(entry: BoardEntry): Matter[] {
  const { plan, planned, nowMs } = entry;
  const { goLiveMs } = planned;
  if (!plannedInFull(entry) || goLiveMs === undefined) return [];
  const found = peakAt(plan.blackouts, planned.package, goLiveMs);
  if (!found) return [];
  const { stretch } = found;
  const leftMs = Math.max(0, goLiveMs - nowMs);
  if (found.kind === 'within')
    return [
      {
        kind: 'blackout',
        title: `${planned.name} launches within the blackout '${stretch.id}'`,
        why: `it lasts ${spanInWords(stretch.untilMs - goLiveMs)} beyond the go-live, which waits for a person then`,
        leftMs,
      },
    ];
  return [
    {
      kind: 'blackout',
      title: `Watch the launch of ${planned.name} against '${stretch.id}'`,
      why: `the blackout begins ${spanInWords(stretch.sinceMs - goLiveMs)} after go-live, within the first week, and ${goLiveIn(entry)}`,
      leftMs,
    },
  ];
}

/** Within three days of its go-live, or once a person has rejected it. */
function unsigned(entry: BoardEntry): Matter[] {
  const full = plannedInFull(entry);
  const left = until(entry);
  if (!full || stateOf(entry) === 'Release ready') return [];
  const missing = full.blockers.flatMap((blocker) => (blocker.code === 'signOff' ? [personIn(entry.plan, blocker.person).name] : []));
  const soon = left !== undefined && left <= 3 * dayMs;
  const asked = full.blockers.some((blocker) => blocker.code === 'signOff' && blocker.person === entry.reader.id);
  if (missing.length === 0 || !(soon || asked)) return [];
  return [
    {
      kind: 'signOff',
      title: `Sign off ${full.name}`,
      why: `${missing.join(' and ')} ${missing.length === 1 ? 'has' : 'have'} not signed, and ${goLiveIn(entry)}`,
      leftMs: left,
    },
  ];
}

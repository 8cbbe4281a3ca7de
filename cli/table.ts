/** The table of all waves and packages: state, next action, watch, and the last verdict with its reason. Times are plan time. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { blockerSubject } from '../domain/blockers.ts';
import { besides, type PackageState } from '../domain/states.ts';
import { instantText } from '../domain/time/instant.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { Blocker } from '../domain/views/blocker.ts';
import type { PackageView } from '../domain/views/package.ts';
import type { FullWave } from '../domain/views/lists.ts';
import type { WavePackageView, WaveView } from '../domain/views/wave.ts';
import { printable } from './printable.ts';
import { stageText } from './stages.ts';
import { inText } from './times.ts';
import { watchText } from './watch-words.ts';
import { frozenText, proposedText } from './proposal.ts';
import { wrapped } from './wrap.ts';
import { columnsOf } from './columns.ts';

type Format = Parameters<typeof styleText>[0];
const stateFormats: Record<PackageState, Format> = {
  Scheduled: 'blue',
  'Release ready': 'blue',
  Monitoring: 'cyan',
  'Needs tuning': 'yellow',
  'Rollback ready': 'magenta',
  Stable: 'green',
  'Rolled back': 'red',
  Retired: 'gray',
};

const narrowest = 60;
const widest = 240;
/** Lines that a reason may take, where it has a column and where it has the width of the terminal, and that a name may take. `rolewave show` has the full text. */
const lines = { reason: 4, reasonBelow: 3, name: 2, narrowName: 3 } as const;
const columns = { package: 26, state: 14, next: 8, watch: 15 } as const;
/** With this much room, long names get more of it. */
const wide = { from: 160, package: 44 } as const;
/** With less room than this next to the others, the last verdict goes below them. */
const narrowestReason = 30;
export const plainBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** `nowMs` real time; `width` in columns of the terminal (60 to 240 are used). `named`: a text that has ids of people, with names. Colors only where standard output is a terminal. */
export function statusTable(entries: FullWave[], nowMs: number, width: number, named: (text: string) => string = (text) => text): string {
  if (entries.length === 0) return 'No wave has been started.';
  const total = Math.max(narrowest, Math.min(widest, width)) - 1;
  const byPlan = Map.groupBy(entries, ({ wave }) => wave.plan);
  return [...byPlan].map(([plan, waves]) => `${title(plan, waves, nowMs, total)}\n${tableOf(waves, nowMs, total, named)}`).join('\n\n');
}

function title(plan: string, entries: FullWave[], nowMs: number, total: number): string {
  const revision = Math.max(...entries.map(({ wave }) => wave.revision));
  return styleText('bold', cut(`${printable(plan)}, revision ${revision}: ${instantText(toPlan(nowMs, entries[0]?.wave.clock))}`, total));
}

function tableOf(entries: FullWave[], nowMs: number, total: number, named: (text: string) => string): string {
  const others = columns.state + columns.next + columns.watch + 3 * plainBorders.middle.length;
  const packageWidth = total >= wide.from ? wide.package : columns.package;
  const reasonWidth = total - others - packageWidth - plainBorders.middle.length;
  const isNarrow = reasonWidth < narrowestReason;
  const widths = [isNarrow ? total - others : packageWidth, columns.state, columns.next, columns.watch, ...(isNarrow ? [] : [reasonWidth])];
  // cli-table3 counts one column for each gap that a cell spans.
  const room = total - (widths.length - 1) * (plainBorders.middle.length - 1);
  const across = (content: string) => [{ colSpan: widths.length, content }];
  const table = new Table({
    chars: plainBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: widths,
    wordWrap: true,
  });
  const heads = ['Package', 'State', 'Next', 'Watch', ...(isNarrow ? [] : ['Last verdict, or what is needed'])];
  table.push(heads.map((head) => styleText('dim', head)));
  for (const entry of entries) {
    const wave = shortened(named(waveLine(entry.wave)), room, lines.name);
    table.push(across(wave.map((line) => styleText('underline', line)).join('\n')));
    for (const planned of entry.wave.packages) {
      const { cells, reason: needed } = rowOf(planned, entry, nowMs, widths[0] ?? 0);
      const reason = named(needed);
      if (isNarrow)
        table.push(
          cells,
          across(
            shortened(reason, room - 4, lines.reasonBelow)
              .map((line) => `  ${line}`)
              .join('\n'),
          ),
        );
      else table.push([...cells, shortened(reason, reasonWidth, lines.reason).join('\n')]);
    }
  }
  // Blanks at the ends of lines would wrap on a terminal that is narrower than the table.
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function waveLine({ wave, stage, goLiveMs, hold, endedWhy }: WaveView): string {
  const when =
    hold && hold.liftedBy.length < hold.approvals
      ? `on hold: ${printable(hold.reason)}`
      : goLiveMs === undefined
        ? 'no date yet'
        : `go-live ${instantText(goLiveMs)}`;
  // Once everything is released, the wave may have had no date: its packages had their own.
  const isOver = stage === 'closed' || stage === 'aborted' || (goLiveMs === undefined && (stage === 'watching' || stage === 'review'));
  return [printable(wave), stageText(stage), endedWhy ? printable(endedWhy) : isOver ? undefined : when].filter((part) => part !== undefined).join(' · ');
}

function rowOf(planned: WavePackageView, { wave, packages }: FullWave, nowMs: number, name: number): { cells: string[]; reason: string } {
  const running = packages.find((entry) => entry.package === planned.package);
  const state = running?.state ?? planned.state;
  const cells = [
    shortened(
      printable(planned.change === undefined ? planned.name : `${planned.name} (${planned.change})`),
      name,
      name < columns.package ? lines.narrowName : lines.name,
    ).join('\n'),
    [styleText(stateFormats[state] ?? 'white', state), ...(running || besides[state] === undefined ? [] : [besides[state]])].join('\n'),
    running?.nextAction ?? planned.nextAction,
    running ? watchText(running) : dateText(planned, wave, nowMs),
  ];
  return { cells, reason: running ? lastWord(running) : needText(planned) };
}

function dateText({ goLiveMs, heldBack }: WavePackageView, wave: WaveView, nowMs: number): string {
  const date = goLiveMs ?? wave.goLiveMs;
  if (wave.stage === 'aborted' || wave.stage === 'closed') return 'not released';
  if (date === undefined) return wave.hold ? 'on hold' : 'no date';
  const inMs = date - toPlan(nowMs, wave.clock);
  return heldBack && inMs <= 0 ? 'held back' : inText(inMs);
}

/** The most urgent first: how it ended, what waits for an answer, then the verdict. */
function lastWord({ receiptLine, endedWhy, proposal, supersededBy, lastVerdict }: PackageView): string {
  const ending = receiptLine ?? endedWhy;
  if (ending) return printable(ending);
  const verdict = lastVerdict ? `${verdictWords[lastVerdict.kind] ?? lastVerdict.kind}: ${printable(lastVerdict.why)}` : 'no evaluation yet';
  if (supersededBy !== undefined) return `superseded by ${printable(supersededBy)}`;
  if (!proposal) return verdict;
  const held = frozenText(proposal);
  return `${proposedText(proposal)}${held === undefined ? '' : `, ${held}`}: ${printable(proposal.why)}`;
}

const verdictWords: Partial<Record<string, string>> = { learning: 'too early to tell', noData: 'no data', noBenefit: 'no benefit' };

function needText({ heldBack, blockers, endedWhy }: WavePackageView): string {
  if (endedWhy !== undefined) return `never released: ${printable(endedWhy)}`;
  const needed = blockers.length > 0 ? `needs ${blockers.map(shortText).join('; ')}` : 'nothing is needed';
  return heldBack ? `held back: ${printable(heldBack.text)}${blockers.length > 0 ? `; ${needed}` : ''}` : needed;
}

/** Short enough for the table. */
const shortText = (blocker: Blocker): string => printable(blocker.code === 'evidence' ? blockerSubject(blocker) : blocker.text);

/** At most `most` whole lines of `width` columns; the last one says whether there is more. */
function shortened(text: string, width: number, most: number): string[] {
  const all = wrapped(text, width, '', columnsOf);
  return all.length <= most ? all : [...all.slice(0, most - 1), cut(all.slice(most - 1).join(' '), width)];
}

/** Between words, unless a single word is too long. */
function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let kept = '';
  for (const letter of text) {
    if (columnsOf(kept + letter) > width - 2) break;
    kept += letter;
  }
  const whole = text.charAt(kept.length) === ' ' ? kept : kept.slice(0, kept.lastIndexOf(' ') + 1);
  return `${(whole.trim() === '' ? kept : whole).trimEnd()} …`;
}

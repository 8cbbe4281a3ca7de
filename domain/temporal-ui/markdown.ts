/** The parts of which Temporal's current details are made: Markdown in which no word of a person is markup. Ids of people may stand here, names and addresses not. */
import { inMarkdown } from '../free-text.ts';
import { shortened } from '../plain-data.ts';
import type { PersonRequest } from '../notices/request.ts';
import { instantText } from '../time/instant.ts';
import { toReal, type PlanClock } from '../time/plan-clock.ts';
import type { RefusalView } from '../views/refusal.ts';
import type { RequestView } from '../views/request.ts';

/** What a workflow waits for by itself: its timer. `atMs`: plan time. */
export interface Next {
  atMs: number;
  summary: string;
}

/** Temporal's UI (2.42) cuts off the last line, so this one shows nothing. */
const lastLine = ['', '\u00A0'];

/** Sections, each a list of lines; empty ones are left out. */
export const document = (sections: string[][]): string =>
  [...sections.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])), ...lastLine].join('\n');

const longestText = 400;
/** Words of people on one line. */
export const words = (text: string): string => inMarkdown(shortened(text, longestText));
/** As code where it has a dot: of `ana.de` or `finance.close`, Temporal's UI would make a link, or show a part of it. */
export const shownId = (id: string): string => (!usualId.test(id) ? words(id) : id.includes('.') ? `\`${id}\`` : id.replaceAll('_', '\\_'));
const usualId = /^(?!www\.)[a-z0-9]+(?:[._-][a-z0-9]+)*$/i;
export const people = (ids: readonly string[]): string => (ids.length === 0 ? 'nobody' : ids.map((id) => `**${shownId(id)}**`).join(', '));

/** At most `most` rows: the details of the largest wave stay readable. A title of its own; empty without rows. */
export function table(title: string, head: string[], rows: string[][], most: number): string[] {
  if (rows.length === 0) return [];
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const more = rows.length > most ? ['', `and ${rows.length - most} more`] : [];
  return [...(title === '' ? [] : [`**${title}**`, '']), line(head), line(head.map(() => '---')), ...rows.slice(0, most).map(line), ...more];
}

/** An instant of plan time that is ahead: under a clock of its own a plan's time is not what a clock on the wall shows, so both. */
export const ahead = (planMs: number, clock: PlanClock | undefined): string =>
  clock ? `${instantText(planMs)} plan time, ${realText(toReal(planMs, clock))} real time` : instantText(planMs);

/** `2026-04-08 18:00:07 UTC`. */
export function realText(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return 'an unknown time';
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Who is asked for what, and until when. `nowMs`: plan time. */
export function requestTable(requests: RequestView[] | undefined, nowMs: number, clock: PlanClock | undefined): string[] {
  const until = (byMs: PersonRequest['byMs']) => (byMs === undefined ? 'no date' : byMs <= nowMs ? `overdue since ${instantText(byMs)}` : ahead(byMs, clock));
  const rows = (requests ?? []).map(({ to, text, sinceMs, byMs }) => [people(to), words(text), instantText(sinceMs), until(byMs)]);
  return table('Who is asked', ['who', 'what', 'asked', 'until'], rows, 30);
}

/** The last refused messages, newest first. They change nothing, and an update that is refused has failed. */
export function refusalTable(refusals: RefusalView[]): string[] {
  const rows = refusals
    .toReversed()
    .map(({ atMs, type, by, message, code }) => [
      realText(atMs),
      words(type),
      by === undefined ? 'unknown' : shownId(by),
      `${words(message)} (${words(code)})`,
    ]);
  return table('Refused messages, which changed nothing', ['real time', 'message', 'by', 'why'], rows, 10);
}

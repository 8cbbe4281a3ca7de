/** The table of open requests: who is asked, for what, by when, and how each notice was delivered. Times are plan time. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { isOpen, type NoticeLevel } from '../domain/notices/request.ts';
import { instantText } from '../domain/time/instant.ts';
import type { NoticeView } from '../domain/views/notice.ts';
import { answeredWith } from './proposal.ts';
import { printable } from './printable.ts';
import { plainBorders } from './table.ts';
import { wrapped } from './wrap.ts';
import { columnsOf } from './columns.ts';

/** With less, what a notice says stands below each other. */
const narrowest = 80;
const widest = 240;
const columns = { who: 18, by: 20 } as const;

/** `width` in columns of the terminal (60 to 240 are used). Colors only where standard output is a terminal. */
export function noticesTable(rows: NoticeView[], width: number, { reader, named = (text) => text, person = (id) => id }: ReadBy = {}): string {
  if (width < narrowest) return rows.flatMap((row) => narrowLines(row, Math.max(60, width) - 1, { reader, named, person })).join('\n');
  const rest = Math.max(narrowest, Math.min(widest, width)) - 1 - columns.who - columns.by - 3 * plainBorders.middle.length;
  const delivery = Math.floor(rest * 0.4);
  const widths = [columns.who, columns.by, rest - delivery, delivery];
  const heads = ['Who', 'By', 'Request', 'Delivery'].map((head) => styleText('dim', head));
  return [cells(heads, widths), ...rows.flatMap((row) => linesOf(row, widths, { reader, named, person }))].join('\n');
}

/** Who runs the command, and how a text names people. */
interface ReadBy {
  reader?: string | undefined;
  named?: (text: string) => string;
  person?: (id: string) => string;
}

const narrowLines = (row: NoticeView, width: number, { reader, named, person }: Required<ReadBy>): string[] => [
  ...wrapped(`${whoText(row, person)}, ${row.byMs === undefined ? '' : 'by '}${whenText(row)}`, width, '  ', columnsOf),
  ...[whatText(row), ...notifiedText(row).split('\n')].flatMap((text) => wrapped(`  ${named(text)}`, width, '  ', columnsOf)),
  ...commandLines(row, reader, named),
];

const whoText = ({ to }: NoticeView, person: (id: string) => string) => to.map((id) => printable(person(id))).join(', ') || 'nobody';

const linesOf = (row: NoticeView, widths: number[], { reader, named, person }: Required<ReadBy>) => [
  cells([whoText(row, person), whenText(row), named(whatText(row)), named(notifiedText(row))], widths),
  ...commandLines(row, reader, named),
];

/** People copy the command and the id, so each has its own line and is never cut. */
const commandLines = (row: NoticeView, reader: string | undefined, named: (text: string) => string): string[] => [
  ...(isOpen(row) ? answeredWith(row, reader) : []).map((line) => named(`  ${printable(line)}`)),
  styleText('dim', `  ${printable(row.id)}`),
  '',
];

function cells(texts: string[], colWidths: number[]): string {
  const table = new Table({
    chars: plainBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths,
    wordWrap: true,
  });
  table.push(texts);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const levelText: Record<NoticeLevel, string> = {
  first: '',
  delegate: 'unanswered, escalated to the delegate: ',
  onCall: 'unanswered, escalated to on-call: ',
  overdue: 'overdue: ',
};

const whenText = ({ byMs }: NoticeView) => (byMs === undefined ? 'no date' : instantText(byMs));
const whatText = ({ level, text }: NoticeView) => `${levelText[level]}${printable(text)}`;

function notifiedText({ deliveries, waitsUntilMs }: NoticeView): string {
  const waits = waitsUntilMs === undefined ? [] : [`waits until ${instantText(waitsUntilMs)}, because more is sent than the site allows in an hour`];
  if (deliveries.length === 0 && waits.length === 0) return 'not yet';
  return [...deliveries.map(deliveryText), ...waits].join('\n');
}

function deliveryText({ channel, recipient, state, why = 'no reason given' }: NoticeView['deliveries'][number]): string {
  const by = `${printable(channel)}${recipient === '' ? '' : ` to ${printable(recipient)}`}`;
  return state === 'sent' ? `${by}: sent` : `${by}: ${styleText('red', 'FAILED')}: ${printable(why)}`;
}

/** Summaries of the markers in a workflow's history. No personal data: kinds, codes, packages and counts. */
import type { RecordBatch } from '../records.ts';

/** A signal that was refused. */
export interface RefusedSignal {
  type: string;
  code: string;
}

/** Temporal refuses a summary of more than 400 bytes. */
const longest = 200;
const shown = 3;

/** 'approved closing, date set; 2 notices': what one call of `record` writes. */
export function recordSummary({ events, messages, notices, answered, evaluations, finals }: RecordBatch): string {
  const kinds = events.map(({ kind, package: id }) => (id === undefined ? inWords(kind) : `${inWords(kind)} ${id}`));
  const parts = [
    listed(kinds),
    messages.length > 0 ? counted(messages.length, 'message') : '',
    evaluations.length > 0 ? counted(evaluations.length, 'failed evaluation') : '',
    notices.length > 0 ? counted(notices.length, 'notice') : '',
    answered.length > 0 ? `${counted(answered.length, 'request')} answered` : '',
    finals.length > 0 ? 'final record' : '',
  ];
  return short(parts.filter(Boolean).join('; '));
}

/** 'evidence-riskAcceptance' → 'evidence risk acceptance'. */
const inWords = (kind: string): string => kind.replaceAll('-', ' ').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** 'refused: signOff (not-authorized)'. */
export const refusedSummary = (refused: RefusedSignal[]): string => short(`refused: ${listed(refused.map(({ type, code }) => `${type} (${code})`))}`);

/** Each once, with how often. */
function listed(items: string[]): string {
  const counts = [...Map.groupBy(items, (item) => item)].map(([item, all]) => (all.length === 1 ? item : `${item} x ${all.length}`));
  return [...counts.slice(0, shown), ...(counts.length > shown ? [`${counts.length - shown} more`] : [])].join(', ');
}

const counted = (count: number, one: string) => `${count} ${count === 1 ? one : `${one}s`}`;
/** In ASCII, in which a character is a byte. */
function short(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length > longest ? `${plain.slice(0, longest - 3)}...` : plain;
}

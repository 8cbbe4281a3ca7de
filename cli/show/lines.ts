/** Lines of `rolewave show`. */
import { instantText } from '../../domain/time/instant.ts';
import type { NoteView } from '../../domain/views/note.ts';
import type { RefusalView } from '../../domain/views/refusal.ts';
import { printable } from '../printable.ts';

type Lines = (string | false | undefined)[];
export const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${printable(line)}`)]);
export const join = (lines: Lines) => lines.filter((line) => line !== undefined && line !== false).join('\n');

export const noteLine = ({ by, atMs, text, package: about }: NoteView) =>
  `${by} on ${instantText(atMs)}${about === undefined ? '' : `, about '${about}'`}: ${text}`;
export const refusalLine = ({ type, by, code, message }: RefusalView) => `${type}${by ? ` by ${by}` : ''}: ${message} (${code})`;

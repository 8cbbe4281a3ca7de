/** Makes text from elsewhere safe for a terminal. */
import { numberText } from '../domain/number-text.ts';

/** Without control characters, so that a note or a plan cannot move the cursor or change colors. Line breaks become blanks. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- removes control characters
  const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
  return text.replace(/\s+/g, ' ').replace(control, '').trim();
}

/** `1 package`, `3 packages`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${numberText(number)} ${number === 1 ? one : many}`;

/** With its full stop. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** With its capital. */
export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

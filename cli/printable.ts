/** Makes text from elsewhere safe for a terminal. */
import { oneLine } from '../domain/free-text.ts';
import { numberText } from '../domain/number-text.ts';

/** On one line, with names for control characters, so that a note or a plan cannot move the cursor or change colors. */
export const printable = oneLine;

/** `1 package`, `3 packages`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${numberText(number)} ${number === 1 ? one : many}`;

/** With its full stop. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** With its capital. */
export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

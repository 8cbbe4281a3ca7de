/** Characters that nobody sees, or that turn the direction of what follows: a name with one reads as another name. */

/** Letters with their marks, and emoji. */
const joined = String.raw`[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]`;
const joiner = String.raw`[\u200c\u200d]`;
/** A variation selector joins only where it stands behind something itself. */
const joins = String.raw`(?:(?!\p{Variation_Selector})${joined}|\S\p{Variation_Selector})`;
/** Not line breaks and tabs, which texts have. */
const unseen = String.raw`(?![\n\r\t]|${joiner}|\p{Variation_Selector})[\p{Cc}\u2028\u2029\p{Default_Ignorable_Code_Point}]`;

/**
 * Controls, marks of direction, and what has no width. Not, inside of words and of emoji, the joiners with which Persian, Arabic and the scripts of India are
 * written (U+200C and U+200D), nor the forms that fonts choose by after a character (variation selectors).
 */
export const misleading = new RegExp(String.raw`${unseen}|(?<!${joins})${joiner}|${joiner}(?!${joined})|(?<!\S)\p{Variation_Selector}`, 'u');
const allMisleading = new RegExp(misleading, 'gu');

/** Most texts, known quickly: ASCII without controls, line breaks and tabs. */
const plain = /^[\x20-\x7e\n\r\t]*$/;

/** `U+202E`. */
export const codePoint = (character: string): string => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * What a person sees of a text that others wrote, on a page, in a terminal, a mail or Temporal's UI. Plans of today have no such characters; one that was applied
 * before may, and so may what a system calls its roles.
 */
export const withoutMisleading = (text: string): string => (plain.test(text) ? text : text.replace(allMisleading, (found) => `[${codePoint(found)}]`));

/** Of a text inside of JSON: as the same string, with `\u202e` where nobody would see the character. */
export const escapedInJson = (json: string): string =>
  json.replace(allMisleading, (found) => [...Array(found.length).keys()].map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''));

/** Bold, colors, and their ends. */
// oxlint-disable-next-line no-control-regex -- sequences of a terminal
const styles = /(\u001b\[[\d;]*m)/;
/** Of all that is written to a terminal at once. */
export const onTerminal = (text: string): string =>
  text
    .split(styles)
    .map((part, index) => (index % 2 === 0 ? withoutMisleading(part) : part))
    .join('');

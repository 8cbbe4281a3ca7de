/** How many columns a text takes on a terminal. */
import stringWidth from 'string-width';

/** One column for each letter: Latin, and the punctuation and arrows of our own texts. */
const plain = /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2190-\u2193]*$/;

/** Colors take none. Anything else than plain text is divided into what people see as letters, for which languages are loaded: that takes as long as a table. */
export const columnsOf = (text: string): number => (plain.test(text) ? text.length : stringWidth(text));

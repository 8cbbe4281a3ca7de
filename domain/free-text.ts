/** Words of people (names, reasons, descriptions) where something else reads them: a mail program, a terminal, Temporal's Markdown. */
import { withoutMisleading } from './misleading-text.ts';

/** Text from a plan cannot start a new line, move a terminal's cursor, add a mail header or turn around what is written after it. */
export const oneLine = (text: string): string => withoutMisleading(text.replace(/(?:(?!\ufeff)\s)+/g, ' ')).trim();

/**
 * No program makes a link of it: `https://evil.example` becomes `hxxps[:]//evil[.]example`, and `a@b.example` becomes `a[at]b[.]example`. Numbers and the ends of
 * sentences stay as they are.
 */
export const withoutLinks = (text: string): string =>
  text
    .replace(/http(?=s?\s*:)/gi, 'hxxp')
    .replaceAll('://', '[:]//')
    .replace(/\b(www)\./gi, '$1[.]')
    .replace(/\b(mailto|tel|javascript|data|file|sms|sip):(?=\S)/gi, '$1[:]')
    .replace(/(?<=[\p{L}\p{N}_-])[.\u3002\uff0e\uff61](?=[\p{L}\p{N}_-]*\p{L})/gu, '[.]')
    .replaceAll('@', '[at]');

/** As plain text on one line in Markdown: no markup, no link, no HTML, no cell of a table ends. */
export const inMarkdown = (text: string): string =>
  withoutLinks(oneLine(text)).replace(/[!-/:-@[-`{-~]/g, (found) => (harmless.has(found) ? found : `\\${found}`));

/** Of the punctuation that Markdown lets escape, what it never reads as markup inside a line that does not begin with it. */
const harmless = new Set([',', ';', "'", '"', '%', '?', '/', '$', '^']);

/** Words of people (names, reasons, descriptions) where something else reads them: a mail program, a terminal, Temporal's Markdown. */
import { withoutMisleading } from './misleading-text.ts';

/** Text from a plan cannot start a new line, move a terminal's cursor, add a mail header or turn around what is written after it. */
export const oneLine = (text: string): string => withoutMisleading(text.replace(/(?:(?!\ufeff)\s)+/g, ' ')).trim();

/**
 * No program makes a link of it, and none notifies a channel: `https://evil.example` becomes `hxxps[:]//evil[.]example`, `a@b.example` becomes `a[at]b[.]example`,
 * and `<!channel>` becomes `[<]!channel>`. Numbers and the ends of sentences stay as they are.
 */
export const withoutLinks = (text: string): string =>
  text
    .replace(/http(?=s?\s*[:\uff1a\ufe55])/gi, 'hxxp')
    .replace(/[:\uff1a\ufe55](?=[/\uff0f]{2})/g, '[:]')
    .replace(new RegExp(`\\b(www)${dot}`, 'giu'), '$1[.]')
    .replace(/\b(mailto|tel|javascript|data|file|sms|sip|ftp|smb|callto|search-ms|ms-[a-z]+):(?=\S)/gi, '$1[:]')
    .replace(new RegExp(`(?<=[\\p{L}\\p{N}_-])${dot}(?=[\\p{L}\\p{N}_-]*\\p{L})`, 'gu'), '[.]')
    .replace(/[@\uff20\ufe6b]/g, '[at]')
    .replace(/<(?=\s*[!#])/g, '[<]')
    // A path to another computer, which some mail programs open with a sign-in.
    .replace(/\\\\(?=\S)/g, '[\\\\]');

/** What a program that looks for names of hosts takes for a dot: by IDNA, or because NFKC makes one of it, or because it looks like one. */
const dot = '[.\\u2024\\u3002\\ufe12\\ufe52\\uff0e\\uff61\\u0701\\u0702\\ua4f8]';

/** As plain text on one line in Markdown: no markup, no link, no HTML, no cell of a table ends. */
export const inMarkdown = (text: string): string =>
  withoutLinks(oneLine(text)).replace(/[!-/:-@[-`{-~]/g, (found) => (harmless.has(found) ? found : `\\${found}`));

/** Of the punctuation that Markdown lets escape, what it never reads as markup inside a line that does not begin with it. */
const harmless = new Set([',', ';', "'", '"', '%', '?', '/', '$', '^']);

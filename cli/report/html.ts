/**
 * HTML with every value escaped, because the names, reasons and notes of a plan come from other people. Values enter the page only through the
 * `html` tag, which treats each one as text, in an element or in a quoted attribute, unless it came from the tag itself.
 */
import { withoutMisleading } from '../../domain/misleading-text.ts';

class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}
export type { Html };
/** False, null and undefined write nothing, so `condition && part` leaves a part out. */
export type Part = Html | string | number | false | null | undefined | readonly Part[];

export function html(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(strings.map((text, index) => text + markupOf(values[index])).join(''));
}

function markupOf(part: Part): string {
  if (part === undefined || part === null || part === false) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'number') return escaped(String(part));
  if (typeof part === 'string') return escaped(part);
  return part.map(markupOf).join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Characters that reverse the direction of text have names: 'nimda' must not be displayed as 'admin'. */
const escaped = (text: string): string => withoutMisleading(text.toWellFormed()).replace(/[&<>"']/g, (character) => entities[character] ?? '');

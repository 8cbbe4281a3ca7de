/**
 * HTML with every value escaped: a plan's names, reasons and notes are other people's texts. A value gets into the page by no other way than the
 * `html` tag, and there it is text, in an element or in a quoted attribute, unless it came from the tag itself.
 */
class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}
export type { Html };
/** Nothing is written for what is not there, so that parts of a page may be left out by `condition && part`. */
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

/** Control characters go, and so do those that turn the direction of what follows: 'nimda' must not read 'admin'. */
function escaped(text: string): string {
  // oxlint-disable-next-line no-control-regex -- removes control characters
  const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
  return text
    .toWellFormed()
    .replace(unseen, '')
    .replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

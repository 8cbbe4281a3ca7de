/**
 * What a system says of a change that is only tried. Whether it would be done, in whose name, and what people should know of it: a rehearsal has hundreds of
 * thousands of answers, and nobody needs the grants that would be made.
 */
export type Tried =
  | { outcome: 'created'; grant?: { grantor?: string; role?: string; account?: string }; note?: string }
  | { outcome: 'preexisting'; note?: string }
  | { outcome: 'revoked' | 'gone' }
  | { outcome: 'failed'; why: string; nothingThere?: true };

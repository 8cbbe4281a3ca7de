/** The numbers of a release, planned and done, as rows for people. */
import type { ReleaseNumbers } from '../domain/views/release-numbers.ts';

export interface NumbersRow {
  /** A system, or a rule about incompatible entitlements. */
  of: string;
  what: string;
  planned?: number;
  done: number;
}

const whats = {
  people: 'people whose access changed',
  created: 'granted',
  preexisting: 'already granted',
  retired: 'legacy access retired',
  revoked: 'revoked from earlier releases',
} as const;
const classes = ['caused', 'excepted', 'existing', 'resolved', 'switched'] as const;

/** What is nothing on both sides is left out, except for the people. */
export function numbersRows({ systems, incompatible, switched }: ReleaseNumbers): NumbersRow[] {
  return [
    ...systems.flatMap(({ system, planned, done }): NumbersRow[] => [
      ...(Object.keys(whats) as (keyof typeof whats)[]).flatMap((key) =>
        key === 'people' || planned[key] + done[key] > 0 ? [{ of: system, what: whats[key], planned: planned[key], done: done[key] }] : [],
      ),
      ...(done.failed > 0 ? [{ of: system, what: 'failed', done: done.failed }] : []),
      ...(done.open > 0 ? [{ of: system, what: 'could not be confirmed', done: done.open }] : []),
    ]),
    ...incompatible.flatMap(({ rule, planned, done }) =>
      classes.flatMap((each) =>
        (planned[each] ?? 0) + (done[each] ?? 0) > 0
          ? [{ of: rule, what: `incompatible entitlements: ${each}`, planned: planned[each] ?? 0, done: done[each] ?? 0 }]
          : [],
      ),
    ),
    ...(switched
      ? [
          { of: 'switches', what: 'longest time without old or new access, in milliseconds', done: switched.longestMs },
          ...(switched.back > 0 ? [{ of: 'switches', what: 'people who were switched back', done: switched.back }] : []),
          { of: 'switches', what: 'people without either for longer than the plan allows', done: switched.late },
        ]
      : []),
  ];
}

/** `erp: granted 11, planned 12`. */
export const numbersLine = ({ of, what, planned, done }: NumbersRow): string => `${of}: ${what} ${done}${planned === undefined ? '' : `, planned ${planned}`}`;

/** A cohort by query in words, the same in the command, its report and the pages. */
import type { CohortQuery } from '../plan/schema.ts';

/** 'of 12 people, those whom a query in hr answers; more of them may join; who leaves keeps the access' */
export const cohortText = ({ system, open, leavers }: Pick<CohortQuery, 'system' | 'open' | 'leavers'>, listed: number): string =>
  [
    `of ${listed === 1 ? '1 person' : `${listed} people`}, those whom a query in ${system} answers`,
    open ? 'people who join later receive the access too' : 'people who join later receive nothing',
    leavers === 'revoke' ? 'access of people who leave is revoked' : 'people who leave keep what they have, and get nothing more',
  ].join('; ');

/** Requests for people, and how the notices about them were delivered. */
import { z } from 'zod';
import { noticeList } from '../../../domain/views/notice.ts';
import { defineRoute } from '../../route.ts';
import { flagInQuery, idInQuery } from '../../target.ts';

const listQuery = z.strictObject({
  plan: idInQuery.optional(),
  wave: idInQuery.optional(),
  open: flagInQuery.describe('true: only those that nobody has answered'),
  undelivered: flagInQuery.describe('true: only those with a failed delivery (the dead-letter list)'),
});

const noticesShown = 1_000;

export const routes = [
  defineRoute<undefined, z.output<typeof listQuery>>({
    method: 'get',
    path: '/v1/notices',
    group: 'notices',
    summary: 'List the notices: who is asked for what by when, and how each was delivered',
    query: listQuery,
    answers: { 200: { what: 'the notices, oldest first; the newest where there are very many', schema: noticeList } },
    problems: ['malformed'],
    async handle({ query: { plan, wave, open, undelivered } }, { store }) {
      const of = { ...(plan === undefined ? {} : { plan }), ...(wave === undefined ? {} : { wave }), open, undelivered };
      const newest = await store.notices({ ...of, limit: noticesShown + 1 });
      return { status: 200, body: { notices: newest.slice(-noticesShown), cut: newest.length > noticesShown } };
    },
  }),
];

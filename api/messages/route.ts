/** How one message was decided: the status address of a 202. */
import { z } from 'zod';
import { messageStatusQuery, packageWorkflowId, waveWorkflowId } from '../../domain/messages.ts';
import { messageStatus, type MessageStatus } from '../../domain/views/message-status.ts';
import { queryRunning } from '../engine.ts';
import { Problem } from '../errors.ts';
import { defineRoute } from '../route.ts';
import { idInQuery } from '../target.ts';

const query = z.strictObject({ package: idInQuery.optional().describe('for messages that went to a released package') });

export const routes = [
  defineRoute<undefined, z.output<typeof query>>({
    method: 'get',
    path: '/v1/messages/:plan/:wave/:id',
    group: 'waves',
    summary: 'How a message was decided',
    query,
    answers: { 200: { what: 'accepted, refused (with code and message), or unknown: not decided yet, or never received', schema: messageStatus } },
    problems: ['malformed', 'engine-unreachable'],
    async handle({ params, query: { package: rolePackage } }, { store, engine }) {
      const { plan, wave, id } = params as { plan: string; wave: string; id: string };
      const [kept] = await store.messages({ plan, wave, id });
      if (kept) return { status: 200, body: { status: 'accepted' } satisfies MessageStatus };
      const workflowId = rolePackage === undefined ? waveWorkflowId(plan, wave) : packageWorkflowId(plan, wave, rolePackage);
      const asked = await queryRunning<MessageStatus>(engine, workflowId, messageStatusQuery, id).catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'no-worker')
          return { status: 'unknown', message: 'Not decided yet: no worker answers. The message is kept.' };
        throw error;
      });
      return { status: 200, body: asked ?? { status: 'unknown' } };
    },
  }),
];

/** One answer to a proposal, and who may give it. */
import { z } from 'zod';

/** As a message carries them. To decline a question is to propose a rollback, and to approve it is to go on unchanged. */
export const answerNames = ['approve', 'finish', 'freeze', 'decline', 'afterBlackout'] as const;
export type AnswerName = (typeof answerNames)[number];

export const openAnswer = z.strictObject({ answer: z.enum(answerNames), by: z.array(z.string()).describe('who may give it') });
export type OpenAnswer = z.output<typeof openAnswer>;

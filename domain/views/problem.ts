/** application/problem+json as the endpoint writes it: RFC 9457 with a stable `code`; an error may add its own fields. */
import { z } from 'zod';

const mistakeView = z
  .strictObject({ file: z.string().exactOptional(), line: z.int().exactOptional(), column: z.int().exactOptional(), path: z.string(), message: z.string() })
  .describe('mistakes in a plan, with their place in the file, or in a body or a query, with their path');

export const problemView = z
  .looseObject({
    type: z.string(),
    code: z.string(),
    status: z.int(),
    title: z.string(),
    detail: z.string(),
    whatToDo: z.string(),
    instance: z.string(),
    mistakes: z.array(mistakeView).exactOptional(),
    moreMistakes: z.int().describe('how many more there are, which the answer leaves out').exactOptional(),
  })
  .meta({ id: 'Problem' });
export type ProblemView = z.output<typeof problemView>;

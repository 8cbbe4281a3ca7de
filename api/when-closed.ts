import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Called once nobody receives this answer, or uses this connection, any more: at once where they left before, since Node says so only once. That is also why
 * it is no `once`, which would keep two more objects for each of many that are open for long. `then` is given the answer, so that it need not keep it.
 */
export function whenClosed<Closing extends ServerResponse | Socket>(closing: Closing, then: (this: Closing) => void): void {
  if (closing.destroyed) then.call(closing);
  else closing.on('close', then);
}

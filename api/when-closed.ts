import type { ServerResponse } from 'node:http';

/** Called once nobody receives this answer any more: at once where they left before, since Node says so only once. */
export function whenClosed(response: ServerResponse, then: () => void): void {
  if (response.destroyed) then();
  else response.once('close', then);
}

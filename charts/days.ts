/** Days as the axes of charts write them, in UTC. */
const dayMs = 86_400_000;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const dayText = (ms: number): string => `${new Date(ms).getUTCDate()} ${months[new Date(ms).getUTCMonth()]}`;

/** '6 to 12 Apr'; a whole month by its name. `untilMs` is not included. */
export function stretchText(fromMs: number, untilMs: number): string {
  const [from, last] = [new Date(fromMs), new Date(untilMs - dayMs)];
  const sameMonth = from.getUTCMonth() === last.getUTCMonth() && from.getUTCFullYear() === last.getUTCFullYear();
  if (sameMonth && from.getUTCDate() === 1 && new Date(untilMs).getUTCDate() === 1) return `${months[from.getUTCMonth()]} ${from.getUTCFullYear()}`;
  if (untilMs - fromMs <= dayMs) return dayText(fromMs);
  return `${sameMonth ? from.getUTCDate() : dayText(fromMs)} to ${dayText(untilMs - dayMs)}`;
}

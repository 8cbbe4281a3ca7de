/** What plain data takes in memory, roughly: limits and caches go by it where what is in it comes from outside. */

const ofValue = 16;

/** In bytes: 16 for each value, and one for each character of a text or key. Stops where it is more than `most`. `value`: without cycles. */
export function sizeOf(value: unknown, most = Infinity): number {
  let size = 0;
  const left = [value];
  while (left.length > 0 && size <= most) {
    const next = left.pop();
    size += ofValue + (typeof next === 'string' ? next.length : 0);
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) for (const key of Object.keys(next)) size += key.length;
    for (const each of Object.values(next) as unknown[]) left.push(each);
  }
  return size;
}

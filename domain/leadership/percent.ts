/** Never rounded to all or nothing. */
export function percent(count: number, of: number): string {
  if (of === 0) return 'no data';
  const exact = (count / of) * 100;
  const rounded = Math.round(exact);
  if (rounded === 0 && count > 0) return 'under 1 %';
  return rounded === 100 && count < of ? 'over 99 %' : `${rounded} %`;
}

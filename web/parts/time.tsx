/** Instants and spans as people read them: short on the page, in full in the title. Plan time is shown in UTC, as the plan writes it. */
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** '15 Apr', '15 Apr 2026' in another year, '15 Apr 18:00 UTC' with the time. */
export function day(atMs: number, { time = false, yearOf }: { time?: boolean; yearOf?: number | undefined } = {}): string {
  const at = new Date(atMs);
  const year = yearOf !== undefined && new Date(yearOf).getUTCFullYear() !== at.getUTCFullYear() ? ` ${at.getUTCFullYear()}` : '';
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]}${year}${time ? ` ${clock(atMs)} UTC` : ''}`;
}

export const clock = (atMs: number): string => `${two(new Date(atMs).getUTCHours())}:${two(new Date(atMs).getUTCMinutes())}`;

/** '2 d 4 h', '3 h 20 min', '40 s': the two largest parts. */
export function span(ms: number): string {
  const [days, hours, minutes] = [Math.floor(ms / dayMs), Math.floor((ms % dayMs) / hourMs), Math.floor((ms % hourMs) / minuteMs)];
  if (days > 0) return hours > 0 && days < 10 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(ms / 1_000)} s`;
}

export const ago = (ms: number): string => `${span(ms)} ago`;

/** Short on the page: the time of day if it is today, otherwise the day. The title has all of it, and the real time where the plan has a clock of its own. */
export function Instant({ atMs, nowMs, real, class: name }: { atMs: number; nowMs: number; real?: number | undefined; class?: string }) {
  const today = Math.floor(atMs / dayMs) === Math.floor(nowMs / dayMs);
  const full = `${new Date(atMs).toISOString().replace('T', ' ').slice(0, 16)} UTC`;
  return (
    <time
      class={name}
      dateTime={new Date(atMs).toISOString()}
      title={real === undefined ? full : `${full} plan time; really ${new Date(real).toISOString().slice(0, 19)}Z`}
    >
      {today ? clock(atMs) : day(atMs, { yearOf: nowMs })}
    </time>
  );
}

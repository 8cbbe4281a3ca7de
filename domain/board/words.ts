/** Numbers and spans in sentences of the board. */
const small = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** Words up to twelve, digits above. */
export const inWords = (count: number): string => small[count] ?? String(count);
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** '1 grant', '12 grants'. */
export const counted = (count: number, one: string, several = `${one}s`): string => `${count} ${count === 1 ? one : several}`;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** '2 d 4 h', '3 h 20 min', '5 min': how a person says how long it is. */
export function spanInWords(ms: number): string {
  const [days, hours, minutes] = [Math.floor(ms / dayMs), Math.floor((ms % dayMs) / hourMs), Math.floor((ms % hourMs) / minuteMs)];
  if (days > 0) return hours > 0 && days < 10 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return minutes > 0 ? `${minutes} min` : 'less than a minute';
}

const abbreviations = new Set(['hr', 'it', 'erp', 'crm', 'qa', 'iam', 'sla', 'api', 'eu', 'uk', 'us']);

/** 'hr-operations' → 'HR operations', 'warehouse-operations' → 'warehouse operations'. */
export const spaced = (id: string): string =>
  id
    .split(/[-_.]+/)
    .filter(Boolean)
    .map((word) => (abbreviations.has(word) ? word.toUpperCase() : word))
    .join(' ');

/** 'wave-3' → 'Wave 3'. */
export const idInWords = (id: string): string => capital(spaced(id));

export const sentence = (text: string): string => (text === '' || /[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`);

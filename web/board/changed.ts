/** Marks what changed for two seconds, in place: nothing moves, and nothing blinks where less motion is asked for. */
import { useEffect, useRef } from 'preact/hooks';

/** For an element whose content is `value`: after the first time, a new value colors it. */
export function useChanged<E extends HTMLElement>(value: string) {
  const element = useRef<E>(null);
  const before = useRef(value);
  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    element.current?.animate?.([{ backgroundColor: 'var(--changed)' }, { backgroundColor: 'transparent' }], { duration: 2_000, easing: 'ease-in' });
  }, [value]);
  return element;
}

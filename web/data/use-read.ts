/**
 * One answer of the endpoint, as a part of a page: what is known stays on the page while it is asked for again, and a failure stands beside it. It is asked for
 * again when the stream says that something of `about` changed, and after the stream was lost.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { read } from './ask.ts';
import { failureIn, type Failure } from './failure.ts';
import { onChange, type Changed } from './live.ts';
import { pace, usualGatherMs } from './pace.ts';
import { shipped } from './shipped.ts';

export interface Reading<View> {
  /** Undefined: not known yet. */
  view: View | undefined;
  failure: Failure | undefined;
  asking: boolean;
  again: () => void;
}

/** Between two tries while the endpoint does not answer; doubles up to the last. */
const retryMs = { first: 2_000, last: 30_000 } as const;

/** `about`: whether a change concerns this; left out, every change does. `gatherMs`: longer for what is large and read slowly. */
export function useRead<View>(path: string, about?: (change: Changed) => boolean, gatherMs = usualGatherMs): Reading<View> {
  const [state, setState] = useState<{ path: string; view: View | undefined; failure: Failure | undefined; asking: boolean }>(() => {
    const view = shipped(path) as View | undefined;
    return { path, view, failure: undefined, asking: view === undefined };
  });
  const asked = useRef<AbortController>(undefined);
  const wanted = useRef(about);
  wanted.current = about;

  /** Resolves when it is answered, or failed, or something else is asked. */
  const ask = useCallback(async (): Promise<void> => {
    asked.current?.abort();
    const now = new AbortController();
    asked.current = now;
    setState((before) => ({ ...before, path, view: before.path === path ? before.view : undefined, asking: true }));
    try {
      const view = await read<View>(path, now.signal);
      if (!now.signal.aborted) setState({ path, view, failure: undefined, asking: false });
    } catch (error) {
      if (!now.signal.aborted) setState((before) => ({ ...before, failure: failureIn(error), asking: false }));
    }
  }, [path]);
  const again = useCallback(() => void ask(), [ask]);

  useEffect(() => {
    if (state.path !== path || state.view === undefined) again();
    return () => asked.current?.abort();
  }, [path]);

  useEffect(() => {
    const { changed, stop } = pace(ask, gatherMs);
    const unlisten = onChange((change) => {
      if (change === 'everything' || wanted.current?.(change) !== false) changed();
    });
    return () => {
      unlisten();
      stop();
    };
  }, [ask, gatherMs]);

  const tries = useRef(0);
  useEffect(() => {
    if (state.failure?.kind !== 'offline') {
      tries.current = 0;
      return undefined;
    }
    const timer = setTimeout(again, Math.min(retryMs.first * 2 ** tries.current++, retryMs.last));
    return () => clearTimeout(timer);
  }, [state.failure, again]);

  // Of another path until it is asked for: not shown.
  const current = state.path === path;
  return { view: current ? state.view : undefined, failure: current ? state.failure : undefined, asking: !current || state.asking, again };
}

/** Whether the page is live, in one line that is always there: 'Telemetry live · 4 s ago', or since when it is not. Silent for a screen reader until that changes. */
import { useEffect, useState } from 'preact/hooks';
import { heardNow, onHeard, type Heard } from '../data/live.ts';
import { ago } from '../parts/time.tsx';

export function HeardLine() {
  const [heard, setHeard] = useState<Heard>(heardNow);
  const [now, setNow] = useState(Date.now);
  useEffect(() => onHeard(setHeard), []);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const sinceMs = heard.atMs === undefined ? undefined : Math.max(0, now - heard.atMs);
  return (
    <div class={`heard heard-${heard.state}`}>
      <span class="heard-dot" aria-hidden="true" />
      <span role="status">{words[heard.state]}</span>
      {sinceMs !== undefined && <span class="heard-since num">{heard.state === 'live' ? ago(sinceMs) : `last heard ${ago(sinceMs)}`}</span>}
    </div>
  );
}

const words: Record<Heard['state'], string> = { connecting: 'Connecting', live: 'Telemetry live', lost: 'Not live: trying again' };

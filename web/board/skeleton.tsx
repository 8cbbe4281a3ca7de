/** The board before its first answer, in its own shape, so that nothing jumps. */
import { Loading } from '../parts/conditions.tsx';
import { Panel } from '../parts/panel.tsx';

/** `failed`: its heading alone, as there is nothing to wait for. */
export function Skeleton({ failed }: { failed: boolean }) {
  const heading = (
    <div class="headline">
      <h1>Deploy &amp; Maintain</h1>
      <p class="soft">Packages of your plans, what they need, and what to do next.</p>
    </div>
  );
  if (failed) return heading;
  return (
    <>
      {heading}
      <div class="board-two">
        <Panel id="readiness" title="Release readiness">
          <Loading what="release readiness" lines={5} />
        </Panel>
        <Panel id="focus" title="Operations focus">
          <Loading what="operations focus" lines={5} />
        </Panel>
      </div>
      <Panel id="packages" title="Deployment packages">
        <Loading what="packages" lines={8} />
      </Panel>
    </>
  );
}

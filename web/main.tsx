/** The pages: which one an address shows. A page that is large is a file of its own, loaded when it is opened. */
import { render } from 'preact';
import './visible-text.ts';
import './theme/tokens.css';
import './theme/base.css';
import { Board } from './board/board.tsx';
import { Empty } from './parts/conditions.tsx';
import { later } from './later.tsx';
import { partsOf, usePlace } from './router.tsx';
import { Shell } from './shell/shell.tsx';
import { showTheme } from './shell/theme.tsx';

const PackagePage = later('Package', async () => (await import('./package/package-page.tsx')).PackagePage);
const DecisionPage = later('Decision', async () => (await import('./decision/decision-page.tsx')).DecisionPage);
const WavesPage = later('Waves', async () => (await import('./waves/waves-page.tsx')).WavesPage);
const WavePage = later('Wave', async () => (await import('./waves/wave-page.tsx')).WavePage);
const LeadershipPage = later('Leadership', async () => (await import('./leadership/leadership-page.tsx')).LeadershipPage);
const SystemsPage = later('Systems', async () => (await import('./systems/systems-page.tsx')).SystemsPage);

function Pages() {
  const { path } = usePlace();
  if (path === '/') return <Board />;
  const shown = partsOf<'plan' | 'wave' | 'package'>('/packages/:plan/:wave/:package', path);
  if (shown) return <PackagePage key={path} place={shown} />;
  const asked = partsOf<'plan' | 'wave' | 'package'>('/requests/:plan/:wave/:package', path);
  if (asked) return <DecisionPage key={path} place={asked} />;
  if (path === '/waves') return <WavesPage />;
  if (path === '/leadership') return <LeadershipPage />;
  if (path === '/systems') return <SystemsPage />;
  const wave = partsOf<'plan' | 'wave'>('/waves/:plan/:wave', path);
  if (wave) return <WavePage key={path} place={wave} />;
  return (
    <Shell title="No such page">
      <h1>There is no such page</h1>
      <Empty title={path}>The address may be mistyped, or the page was moved. The board shows every package.</Empty>
    </Shell>
  );
}

showTheme();
const root = document.getElementById('app');
if (root) render(<Pages />, root);

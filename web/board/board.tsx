/** Deploy & Maintain: what is released, what it needs, and what operations does next. */
import type { BoardView } from '../../domain/views/board.ts';
import { useRead } from '../data/use-read.ts';
import { Failed, Loading } from '../parts/conditions.tsx';
import { Shell } from '../shell/shell.tsx';

export function Board() {
  const { view, failure, again } = useRead<BoardView>('/v1/board');
  return (
    <Shell title="Deploy & Maintain" person={view?.reader}>
      <h1>{view === undefined ? 'Deploy & Maintain' : view.headline.map(({ text }) => text).join('')}</h1>
      {failure !== undefined && <Failed failure={failure} retry={again} />}
      {view === undefined && failure === undefined && <Loading what="the board" lines={8} />}
    </Shell>
  );
}

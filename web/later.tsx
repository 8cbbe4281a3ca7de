/** A page that is a file of its own: loaded when it is opened, so that the board stays small. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failed, Loading } from './parts/conditions.tsx';
import { Shell } from './shell/shell.tsx';

export function later<Props extends object>(what: string, load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function Later(props: Props) {
    const [page, setPage] = useState<{ is: ComponentType<Props> | undefined }>({ is: loaded });
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (found) => {
          loaded = found;
          setPage({ is: found });
        },
        () => setFailed(true),
      );
    }, []);
    const Page = page.is;
    if (Page) return <Page {...props} />;
    return <Shell title={what}>{failed ? <Failed failure={newer} retry={() => location.reload()} /> : <Loading what={what} lines={6} />}</Shell>;
  };
}

/** Its files have the names of another build, or nobody answers. */
const newer = {
  kind: 'failed',
  title: 'This page could not be loaded',
  detail: 'Rolewave does not answer, or it was updated since this page was opened.',
  whatToDo: 'Reload it.',
} as const;

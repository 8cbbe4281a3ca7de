/** Who signed what, when, and the proof of it: the message as the endpoint sealed it. */
import { useEffect, useState } from 'preact/hooks';
import type { MessageStatus } from '../../domain/views/message-status.ts';
import type { SignOffView } from '../../domain/views/sign-off.ts';
import { useRead } from '../data/use-read.ts';
import { Button } from '../parts/button.tsx';
import { Empty, Failed, Loading } from '../parts/conditions.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Panel } from '../parts/panel.tsx';
import { Instant } from '../parts/time.tsx';
import { apiPath, type PackageContext } from './reading.ts';

const words: Record<SignOffView['decision'], string> = { approve: 'Approved', reject: 'Rejected', withdraw: 'Withdrew' };

export function SignOffs({ context }: { context: PackageContext }) {
  const { view, nameOf, nowMs } = context;
  const [proof, setProof] = useState<SignOffView>();
  const { signOffs = [], blockers = [], duties } = view.package ?? {};
  const waits = blockers.flatMap((each) => (each.code === 'signOff' ? [nameOf(each.person)] : each.code === 'anotherSigner' ? each.people.map(nameOf) : []));
  return (
    <Panel id="sign-offs" title="Sign-offs" hint={waits.length > 0 ? `waits for ${waits.join(' and ')}` : signOffs.length > 0 ? 'complete' : undefined}>
      {signOffs.length === 0 ? (
        <Empty title="Nobody has signed yet">{view.package?.previewDigest === undefined ? 'There is no preview to sign yet.' : undefined}</Empty>
      ) : (
        <ul class="rows panel-body">
          {signOffs.map((each) => (
            <li key={`${each.by}${each.atMs}`}>
              <span class="row-who">
                {nameOf(each.by)}
                <span class={each.decision === 'reject' ? 'tone-text-roll' : 'soft'}> {words[each.decision].toLowerCase()}</span>
              </span>
              <Instant atMs={each.atMs} nowMs={nowMs} class="soft" />
              <span class="soft row-why">
                {!each.counts && <strong class="tone-text-tune">no longer counts: the plan or the preview changed · </strong>}
                {each.reason !== undefined && <>{each.reason} · </>}
                {each.planDigest !== undefined && (
                  <span class="digests">
                    plan <code>{each.planDigest.slice(0, 8)}</code> preview <code>{each.previewDigest?.slice(0, 8)}</code>
                  </span>
                )}
              </span>
              {each.message !== undefined && (
                <Button aria-label={`Proof of the sign-off by ${nameOf(each.by)}`} onClick={() => setProof(each)}>
                  Proof
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {duties && duties.receivers.length + duties.appliedBy.length > 0 && (
        <p class="soft small foot">
          {duties.appliedBy.length > 0 && `Applied by ${duties.appliedBy.map(nameOf).join(', ')}. `}
          {duties.receivers.length > 0 &&
            `Of those who may sign, ${duties.receivers.map(nameOf).join(', ')} ${duties.receivers.length === 1 ? 'receives' : 'receive'} the access. `}
          {duties.allowed.length > 0
            ? `The site allows that ${duties.allowed.join(' and ')}.`
            : 'At least one person who approves must neither have applied this nor receive the access.'}
        </p>
      )}
      {proof && <Proof signOff={proof} context={context} onClose={() => setProof(undefined)} />}
    </Panel>
  );
}

function Proof({ signOff, context, onClose }: { signOff: SignOffView; context: PackageContext; onClose: () => void }) {
  const path = `${apiPath(context.place)}/messages/${encodeURIComponent(signOff.message ?? '')}`;
  const { view, failure, again } = useRead<MessageStatus>(path, () => false);
  const sealed = view?.status === 'accepted' ? view.sealed : undefined;
  // It is recorded a moment after it was accepted.
  useEffect(() => {
    if (!view || sealed !== undefined) return undefined;
    const timer = setTimeout(again, 1_000);
    return () => clearTimeout(timer);
  }, [view]);
  return (
    <Dialog title={`Sign-off by ${context.nameOf(signOff.by)}`} onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      {failure && <Failed failure={failure} retry={again} />}
      {!view && !failure && <Loading what="the sealed message" />}
      {view && sealed === undefined && <p>The sealed message is not recorded yet. This page checks again every second.</p>}
      {sealed !== undefined && (
        <>
          <p class="soft">The message as it was sealed. It names exactly what was signed; its signature is checked again before anything is granted.</p>
          <pre class="proof" tabIndex={0}>
            {decoded(sealed)}
          </pre>
          <p class="soft small">
            Compact JWS, signed with key <code>{keyOf(sealed)}</code>. <a href={path}>View in the API</a>
          </p>
        </>
      )}
    </Dialog>
  );
}

const part = (jws: string, index: number): string => {
  const bytes = Uint8Array.from(atob((jws.split('.')[index] ?? '').replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  return new TextDecoder().decode(bytes);
};
const decoded = (jws: string): string => JSON.stringify(JSON.parse(part(jws, 1)), null, 2);
const keyOf = (jws: string): string => (JSON.parse(part(jws, 0)) as { kid?: string }).kid ?? 'unknown';

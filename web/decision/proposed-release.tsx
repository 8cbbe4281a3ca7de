/** What a sign-off is about: what changed since the reader last signed, who gets and loses what, what the roles may do, and the evidence. */
import type { PreviewView } from '../../domain/views/preview.ts';
import { Panel } from '../parts/panel.tsx';
import { day, span } from '../parts/time.tsx';
import { useRead } from '../data/use-read.ts';
import { countsText } from '../package/package-page.tsx';
import { People } from '../package/people.tsx';
import { Readiness } from '../package/readiness.tsx';
import { apiPath, nameIn, type PackageContext } from '../package/reading.ts';
import { SignOffs } from '../package/sign-offs.tsx';

export function ProposedRelease({ context }: { context: PackageContext }) {
  const { view, nowMs, place } = context;
  const { goLiveMs, previewDigest, heldBack, change } = view.package ?? {};
  const { view: preview } = useRead<PreviewView>(
    `${apiPath(place)}/preview?limit=1${previewDigest === undefined ? '' : `&digest=${previewDigest}`}`,
    () => false,
  );
  const sinceLast = preview?.signature?.changed ?? 0;
  const verb = { revise: 'This changes what its people have', retire: 'This retires it', observe: 'It is only observed' }[change ?? 'observe'];
  return (
    <>
      <p class="lead">
        {change === undefined ? 'It is released for the first time' : verb}
        {view.definition ? `, for ${view.definition.people} ${view.definition.people === 1 ? 'person' : 'people'}` : ''}:{' '}
        {countsText(context) ?? 'the preview is still being taken'}.{' '}
        {goLiveMs === undefined
          ? 'It has no go-live date yet.'
          : goLiveMs > nowMs
            ? `It goes live ${day(goLiveMs, { time: true })}, in ${span(goLiveMs - nowMs)}.`
            : `Its go-live was due ${day(goLiveMs, { time: true })}.`}
      </p>
      {heldBack && <p class="tone-text-tune">Held back: {context.said(heldBack.text)}</p>}
      {previewDigest !== undefined && sinceLast > 0 && (
        <Panel
          id="changed"
          title={`Changed since ${preview?.signature?.by === context.me?.id ? 'you' : nameIn(preview?.names, context.view.names)(preview?.signature?.by ?? '')} signed`}
          hint={`${sinceLast} ${sinceLast === 1 ? 'difference' : 'differences'}`}
        >
          <People context={context} query="&changed=true" empty="The rows are the same; what a role may do has changed" />
          <RoleChanges preview={preview} />
        </Panel>
      )}
      {previewDigest !== undefined && (
        <Panel id="people" title="Who gets what" hint={countsText(context)}>
          <People context={context} />
        </Panel>
      )}
      <Roles preview={preview} />
      <Readiness context={context} brief />
      <SignOffs context={context} />
    </>
  );
}

function RoleChanges({ preview }: { preview: PreviewView | undefined }) {
  const content = preview?.signature?.content ?? [];
  if (content.length === 0) return null;
  return (
    <ul class="rows panel-body">
      {content.map(({ system, role, gained, lost }) => (
        <li key={`${system}/${role}`}>
          <code>
            {system}/{role}
          </code>
          <span class="row-why">
            {gained.length > 0 && <span>may also: {gained.join(', ')}. </span>}
            {lost.length > 0 && <span>no longer: {lost.join(', ')}.</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Roles({ preview }: { preview: PreviewView | undefined }) {
  const roles = (preview?.systems ?? []).flatMap(({ system, roles: found }) => found.map((role) => ({ system, ...role })));
  if (roles.length === 0) return null;
  const untold = [...new Set((preview?.systems ?? []).flatMap((each) => (each.untold === undefined ? [] : [`${each.system}: ${each.untold}`])))];
  const used = { granted: 'granted', retired: 'retired', dropped: 'no longer granted' } as const;
  return (
    <Panel id="roles" title="What the roles may do">
      <ul class="rows panel-body">
        {roles.map(({ system, role, used: how, exists, privileges, more }) => (
          <li key={`${system}/${role}`}>
            <code>
              {system}/{role}
            </code>
            <span class="soft">{used[how]}</span>
            <span class="soft row-why">
              {!exists ? (
                <strong class="tone-text-tune">does not exist</strong>
              ) : privileges.length === 0 ? (
                'nothing that the system tells'
              ) : (
                privileges.slice(0, 6).join(', ')
              )}
              {privileges.length + (more ?? 0) > 6 ? ` and ${privileges.length - 6 + (more ?? 0)} more` : ''}
            </span>
          </li>
        ))}
        {untold.map((line) => (
          <li key={line} class="soft">
            {line}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

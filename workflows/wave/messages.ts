/** How a wave handles each message: it checks who may send it, then the file that owns that part of the state changes it, or refuses with a reason and changes nothing. All times are plan time. */
import { entryOf } from '../../domain/entry-of.ts';
import { withHold } from '../../domain/go-live.ts';
import { revisedText } from '../../domain/authority/event-of-message.ts';
import { mayAct } from '../../domain/authority/who-may.ts';
import { hasDigest } from '../../domain/canonical.ts';
import type { MessageOf, WaveMessage } from '../../domain/messages.ts';
import type { PackageSection, WaveSection } from '../../domain/plan/section.ts';
import { isPatched } from '../patches.ts';
import type { Refusal } from '../shared/inbox.ts';
import { holdBackAsAsked, liftHold, setDate } from './dates.ts';
import { askAbort, review } from './ending.ts';
import { addEvidence, retryPreviews, signOff, voidPreview } from './previews.ts';
import { updateWaveRequests } from './requests.ts';
import { progressIn, type About, type WaveState } from './state.ts';

export function receiveWaveMessage(state: WaveState, message: WaveMessage, jws: string, section: WaveSection | undefined): Refusal | undefined {
  retryPreviews(state);
  return refusalOf(state, message) ?? apply(state, message, jws, section);
}

function refusalOf(state: WaveState, message: WaveMessage): Refusal | undefined {
  if (state.data.ended) return { code: 'wrong-stage', message: `wave '${state.section.wave.id}' is ${state.data.ended.stage}: ${state.data.ended.why}` };
  const target = message.package === undefined ? undefined : state.sectionOf(message.package);
  if (message.package !== undefined && !target)
    return {
      code: 'unknown-package',
      message: `wave '${state.section.wave.id}' has no package '${message.package}'; it has ${state.section.packages.map((entry) => entry.package.id).join(', ')}`,
    };
  return mayAct({ section: target, wave: state.section.wave, operators: state.section.operators }, message.type, message.by, state.nowMs(), message.body);
}

function apply(state: WaveState, message: WaveMessage, jws: string, section: WaveSection | undefined): Refusal | undefined {
  switch (message.type) {
    case 'signOff':
      return unreleased(state, message, (about) => signOff(state, message, about));
    case 'evidence':
      return unreleased(state, message, (about) => addEvidence(state, message, about));
    case 'holdBack':
      return unreleased(state, message, (about) => holdBackAsAsked(state, message, about));
    case 'setDate':
      return message.package === undefined ? setDate(state, message, undefined) : unreleased(state, message, (about) => setDate(state, message, about));
    case 'liftHold':
      return liftHold(state, message);
    case 'review':
      return review(state, message);
    case 'abort':
      askAbort(state, message, jws);
      return undefined;
    case 'revise':
      return revise(state, message, section);
    case 'note':
      state.inbox.note({
        by: message.by,
        atMs: state.nowMs(),
        text: message.body.text,
        ...(message.package === undefined ? {} : { package: message.package }),
      });
      state.logMessage(message, 'note', message.body.text);
      return undefined;
  }
}

/** For messages about one package of this wave that is not released yet. */
function unreleased(state: WaveState, message: WaveMessage, act: (about: About) => Refusal | undefined): Refusal | undefined {
  const section = message.package === undefined ? undefined : state.sectionOf(message.package);
  if (!section)
    return { code: 'unknown-package', message: `'${message.type}' must name one of ${state.section.packages.map((entry) => entry.package.id).join(', ')}` };
  const progress = state.progressOf(section);
  if (progress.released)
    return { code: 'wrong-stage', message: `'${section.package.id}' is already released. Send this to the package itself, or roll it back` };
  return act({ section, progress });
}

/** A newer revision of the plan. Only this function changes the section and the list of packages. */
function revise(state: WaveState, message: MessageOf<'revise'>, section: WaveSection | undefined): Refusal | undefined {
  const { revision, sectionDigest } = message.body;
  if (!section || !hasDigest(section, sectionDigest))
    return { code: 'malformed', message: 'the section sent with this revision is not the one that was sealed', notSealed: true };
  if (section.plan !== message.plan || section.wave.id !== message.wave || section.revision !== revision)
    return { code: 'wrong-address', message: 'the section belongs to another plan, wave or revision' };
  if (revision < state.section.revision)
    return { code: 'older-revision', message: `this wave already has revision ${state.section.revision}; revision ${revision} is older` };
  if (revision === state.section.revision) return settingsOf(state, section);
  // What was answered before counts as answered; what the revision no longer asks does not.
  updateWaveRequests(state);
  const before = new Map(state.section.packages.map((entry) => [entry.package.id, entry]));
  // A released package stays as it was signed and released. A change to it goes live in its own wave.
  const asReleased = (entry: PackageSection) => (entryOf(state.data.packages, entry.package.id)?.released ? (before.get(entry.package.id) ?? entry) : entry);
  const named = new Set(section.packages.map((entry) => entry.package.id));
  const releasedAndUnnamed = [...before.values()].filter(({ package: { id } }) => !named.has(id) && entryOf(state.data.packages, id)?.released);
  state.section = { ...section, packages: [...section.packages.map(asReleased), ...releasedAndUnnamed] };
  for (const entry of section.packages) {
    const progress = progressIn(state.data, entry.package.id);
    if (!progress.released && before.get(entry.package.id)?.planDigest !== entry.planDigest) voidPreview(progress);
  }
  withdrawWhatOthersSaid(state);
  if (isPatched('withdraws-sign-offs')) withdrawSignOffs(state);
  for (const gone of before.keys()) if (!state.sectionOf(gone)) delete state.data.packages[gone];
  updateWaveRequests(state, revision);
  state.logMessage(message, 'revised', revisedText(message.body));
  return undefined;
}

/** Evidence and approvals to lift the hold, from people whom the revision no longer asks for them: those whom it names supply them anew. */
function withdrawWhatOthersSaid(state: WaveState): void {
  const { wave, operators } = state.section;
  for (const section of state.unreleased()) {
    const { evidence } = state.progressOf(section).facts;
    for (const [item, { by, atMs }] of Object.entries(evidence))
      if (mayAct({ section, wave, operators }, 'evidence', by, atMs, { item })) delete evidence[item as keyof typeof evidence];
  }
  state.data.goLives = withHold(state.data.goLives, wave.hold);
}

/** Of those who may sign no longer, such as a delegate whom the revision removes: the check before an effect does not count them either. */
function withdrawSignOffs(state: WaveState): void {
  const { wave, operators } = state.section;
  for (const section of state.unreleased()) {
    const progress = state.progressOf(section);
    progress.signOffs = progress.signOffs.filter(({ by, atMs }) => mayAct({ section, wave, operators }, 'signOff', by, atMs) === undefined);
  }
}

/** The same revision again, after the site's settings have changed, or an owner has rejected a package elsewhere, or withdrawn that. */
function settingsOf(state: WaveState, section: WaveSection): undefined {
  const now = new Map(section.packages.map((entry) => [entry.package.id, entry]));
  const packages = state.section.packages.map((entry) => {
    const again = now.get(entry.package.id);
    if (!again) return entry;
    const { saidElsewhere: _before, ...rest } = entry;
    return { ...rest, duties: again.duties, ...(again.saidElsewhere ? { saidElsewhere: again.saidElsewhere } : {}) };
  });
  state.section = { ...state.section, packages };
}

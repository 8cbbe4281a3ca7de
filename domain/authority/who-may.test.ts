import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageMessageTypes, waveMessageTypes, type MessageType } from '../messages.ts';
import { people, plan } from '../../test/support/plan.ts';
import { waveSection, type PackageSection } from '../plan/section.ts';
import { mayAct, signsFor, type Who } from './who-may.ts';

const now = Date.parse('2026-04-20T12:00:00Z');
const day = 86_400_000;

const at = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function section(change: { risk?: 'low' | 'medium' | 'high'; drill?: boolean; two?: true } = {}): PackageSection {
  const released = plan({
    people: people('hana', 'ops', 'dora', 'p1', 'dele', 'late', 'other'),
    operators: ['ops'],
    delegates: [
      { of: 'hana', to: 'dele', until: at(now + day) },
      { of: 'hana', to: 'late', until: at(now) },
      { of: 'hana', to: 'other', until: at(now + day), packages: ['payroll'] },
    ],
    packages: [
      {
        id: 'finance',
        owner: 'hana',
        risk: change.risk ?? 'low',
        cohort: ['p1'],
        requires: change.drill ? { drill: { validFor: '30d', timebox: '2h', signedBy: 'dora' } } : {},
      },
      { id: 'payroll', owner: 'hana', cohort: ['p1'] },
    ],
  });
  const carried = waveSection(released, 1, 'wave-1').packages[0]!;
  return {
    ...carried,
    delegates: [...carried.delegates, { of: 'omar', to: 'stranger', until: now + day }],
    // A high risk would want two people for a rollback.
    rollbackApprovals: change.two ? 2 : 1,
  };
}

const who = (change: { risk?: 'low' | 'medium' | 'high'; drill?: boolean; wide?: true; hold?: false; two?: true } = {}): Who => ({
  section: change.wide ? undefined : section(change),
  wave: { alsoSigns: ['sig'], hold: change.hold === false ? undefined : { liftedBy: ['lift'] } },
  operators: ['ops'],
});

const everybody = ['hana', 'dele', 'ops', 'sig', 'lift', 'dora', 'late', 'other', 'stranger', 'nobody', ''];
const allowed = (about: Who, type: MessageType, body?: unknown) => everybody.filter((person) => mayAct(about, type, person, now, body) === undefined).join(' ');

describe('who may send what about a package', () => {
  it.each<[MessageType, string, object?, Parameters<typeof who>[0]?]>([
    ['signOff', 'hana dele sig'],
    ['evidence', 'hana dele ops sig', { item: 'training' }],
    ['evidence', 'hana dele ops sig', { item: 'drill' }],
    ['evidence', 'dora', { item: 'drill' }, { drill: true }],
    ['evidence', 'hana dele', { item: 'handoff' }],
    ['evidence', 'hana dele', { item: 'riskAcceptance' }, { risk: 'low' }],
    ['evidence', 'hana dele', { item: 'riskAcceptance' }, { risk: 'medium' }],
    ['evidence', 'hana dele sig lift', { item: 'riskAcceptance' }, { risk: 'high' }],
    ['note', 'hana dele ops sig'],
    ['holdBack', 'hana dele ops'],
    ['setDate', 'hana dele ops'],
    ['abort', 'hana dele ops'],
    ['review', 'hana dele ops'],
    ['revise', 'ops'],
    ['liftHold', 'lift'],
    ['evaluate', 'hana dele ops'],
    ['extend', 'hana dele ops'],
    ['pause', 'hana dele ops'],
    ['resume', 'hana dele ops'],
    ['tune', 'hana dele ops'],
    ['rollback', 'hana dele ops'],
    ['decide', 'hana dele', { answer: 'approve' }],
    ['decide', 'hana dele', { answer: 'approve', kind: 'rollback' }],
    ['decide', 'hana dele ops', { answer: 'approve', kind: 'rollback', proposal: 'tune-1' }, { two: true }],
    ['decide', 'hana dele', { answer: 'approve', kind: 'tune', proposal: 'rollback-1' }, { two: true }],
    ['decide', 'hana dele', { answer: 'approve', kind: 'question' }, { two: true }],
    ['decide', 'hana dele ops', { answer: 'freeze' }],
    ['decide', 'hana dele ops', { answer: 'decline' }],
    ['decide', 'hana dele ops', { answer: 'afterBlackout' }],
    ['certify', 'hana dele'],
    // What only the drill's signer may send is the drill.
    ['evidence', 'hana dele ops sig', { item: 'training' }, { drill: true }],
    ['decide', 'hana dele'],
  ])('%s is for %s (%o, %o)', (type, expected, body, change) => {
    expect(allowed(who(change), type, body)).toBe(expected);
  });
});

describe('who may send what about the whole wave', () => {
  it.each<[MessageType, string]>([
    ['note', 'ops sig'],
    ['holdBack', 'ops'],
    ['setDate', 'ops'],
    ['abort', 'ops'],
    ['review', 'ops'],
    ['revise', 'ops'],
    ['liftHold', 'lift'],
    ['evaluate', 'ops'],
    ['extend', 'ops'],
    ['pause', 'ops'],
    ['resume', 'ops'],
  ])('%s is for %s', (type, expected) => {
    expect(allowed(who({ wide: true }), type)).toBe(expected);
  });

  it.each<MessageType>(['signOff', 'evidence', 'tune', 'rollback', 'decide', 'certify'])('%s needs its package', (type) => {
    for (const person of everybody)
      expect(mayAct(who({ wide: true }), type, person, now)).toMatchObject({
        code: 'unknown-package',
        message: expect.stringContaining('so the message must name it'),
      });
  });
});

describe('a refusal', () => {
  it('names who may', () => {
    expect(mayAct(who(), 'signOff', 'nobody', now)).toEqual({
      code: 'not-authorized',
      message: "'nobody' may not sign off package 'finance'. The owner hana, delegate dele or co-signer of the wave sig may",
    });
    expect(mayAct(who({ drill: true }), 'evidence', 'hana', now, { item: 'drill' })?.message).toBe(
      "'hana' may not record the drill of package 'finance'. The drill signer dora may",
    );
    expect(mayAct(who({ wide: true }), 'revise', 'hana', now)?.message).toBe("'hana' may not apply a new revision to the whole wave. The operator ops may");
  });

  it.each<[MessageType, string]>([
    ['signOff', 'sign off'],
    ['evidence', 'record evidence for'],
    ['note', 'add a note to'],
    ['holdBack', 'hold back'],
    ['setDate', 'set a date for'],
    ['liftHold', 'lift the hold on'],
    ['abort', 'abort'],
    ['review', 'write the review of'],
    ['revise', 'apply a new revision to'],
    ['evaluate', 'ask for an evaluation of'],
    ['extend', 'extend the watch of'],
    ['pause', 'pause the watch of'],
    ['resume', 'resume the watch of'],
    ['tune', 'tune'],
    ['rollback', 'propose a rollback of'],
    ['decide', 'decide on a proposal for'],
    ['certify', 'certify'],
  ])('of %s names it as %s', (type, words) => {
    expect(mayAct(who(), type, 'nobody', now)?.message).toMatch(new RegExp(`^'nobody' may not ${words} package 'finance'\\. The [\\w ,-]+ may$`));
  });

  it('tells an operator who may not approve a rollback what they may do', () => {
    const body = { answer: 'approve', kind: 'rollback' };
    expect(mayAct(who(), 'decide', 'ops', now, body)?.message).toBe(
      "'ops' may not approve the rollback of package 'finance'. The owner hana or delegate dele may; 'ops' may freeze it, or keep the access as it is",
    );
    expect(mayAct(who(), 'decide', 'nobody', now, body)?.message).not.toContain('freeze');
  });

  it('lists one, two and more who may', () => {
    const messageOf = (type: MessageType, delegates: string[]) =>
      mayAct({ ...who(), section: { ...section(), delegates: delegates.map((to) => ({ of: 'hana', to, until: now + day })) } }, type, 'nobody', now)?.message;
    expect(messageOf('certify', [])).toMatch(/ The owner hana may$/);
    expect(messageOf('certify', ['dele'])).toMatch(/ The owner hana or delegate dele may$/);
    expect(messageOf('certify', ['dele', 'dora'])).toMatch(/ The owner hana, delegate dele or delegate dora may$/);
    expect(messageOf('liftHold', [])).toMatch(/ The hold approver lift may$/);
  });

  it('says so when nobody may', () => {
    expect(mayAct({ ...who({ wide: true }), operators: [] }, 'abort', 'hana', now)?.message).toBe(
      "'hana' may not abort the whole wave. Nobody may: name someone in the plan",
    );
  });

  it('tells a delegate that their delegation ended, and when the last of them did', () => {
    const ended = (delegates: PackageSection['delegates']) => mayAct({ ...who(), section: { ...section(), delegates } }, 'signOff', 'late', now)?.message;
    const until = (ms: number) => ({ of: 'hana', to: 'late', until: ms });
    expect(mayAct(who(), 'signOff', 'late', now)?.message).toContain(
      "'late' may not sign off package 'finance': late's delegation ended on 2026-04-20. The owner hana",
    );
    expect(ended([until(now - 9 * day), until(now - 2 * day), until(now - 5 * day)])).toContain("late's delegation ended on 2026-04-18. ");
    expect(ended([{ ...until(now - day), to: 'dele' }])).not.toContain('delegation');
    // For messages that no delegate may send, a delegation is irrelevant.
    expect(mayAct(who(), 'revise', 'late', now)?.message).not.toContain('delegation');
  });

  it('tells everyone that there is no hold where there is none', () => {
    for (const person of everybody) expect(mayAct(who({ hold: false }), 'liftHold', person, now)?.code).toBe('not-on-hold');
    expect(mayAct({ ...who(), wave: undefined }, 'liftHold', 'lift', now)).toEqual({
      code: 'not-on-hold',
      message: 'this wave is not on hold, so there is nothing to lift',
    });
  });
});

describe('a package that checks without its wave', () => {
  it('knows its owner, delegates and operators, and nobody whom only the wave names', () => {
    const alone = { ...who({ risk: 'high' }), wave: undefined };
    expect(allowed(alone, 'note')).toBe('hana dele ops');
    expect(allowed(alone, 'evidence', { item: 'riskAcceptance' })).toBe('hana dele');
    expect(allowed({ ...alone, wave: { alsoSigns: ['sig'] } }, 'evidence', { item: 'riskAcceptance' })).toBe('hana dele sig');
  });

  it('names in a refusal only those whom it knows', () => {
    const refusal = (type: MessageType, body?: unknown) => mayAct({ ...who({ risk: 'high' }), wave: undefined }, type, 'nobody', now, body)?.message;
    expect(refusal('note')).toMatch(/ The owner hana, delegate dele or operator ops may$/);
    expect(refusal('evidence', { item: 'riskAcceptance' })).toMatch(/ The owner hana or delegate dele may$/);
  });

  it.each([[null], ['decline'], [undefined], [7]])('treats a body that is %j like an empty one', (body) => {
    expect(allowed(who(), 'decide', body)).toBe('hana dele');
    expect(allowed(who({ drill: true }), 'evidence', body)).toBe('hana dele ops sig');
  });
});

describe('a delegate', () => {
  it('signs as delegate until the instant at which the delegation ends, for that owner and that package only', () => {
    const about = section();
    expect(everybody.map((person) => signsFor(about, person, now)).filter(Boolean)).toEqual(['owner', 'delegate']);
    expect(signsFor(about, 'dele', now + day - 1)).toBe('delegate');
    expect(signsFor(about, 'dele', now + day)).toBeUndefined();
    expect(signsFor(about, 'sig', now)).toBeUndefined();
  });
});

describe('for any person, message and body', () => {
  it('an unknown person may do nothing, and nothing throws', () => {
    const types = [...new Set([...waveMessageTypes, ...packageMessageTypes])];
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.string().filter((person) => !everybody.slice(0, 9).includes(person)),
        fc.anything(),
        fc.boolean(),
        (type, person, body, wide) => {
          expect(mayAct(who(wide ? { wide: true } : {}), type, person, now, body)).toBeDefined();
        },
      ),
    );
  });
});

describe('who may claim access', () => {
  const claimed = (duties: Partial<PackageSection['duties']> = {}, by = ['sig', 'other']): PackageSection => {
    const finance = section();
    return {
      ...finance,
      duties: { ...finance.duties, ...duties },
      package: { ...finance.package, rollback: { approval: 'owner', claims: { by, atMost: day } } },
    };
  };
  const may = (about: PackageSection, type: MessageType, operators = ['ops']) =>
    everybody.filter((person) => mayAct({ section: about, wave: undefined, operators }, type, person, now) === undefined).join(' ');

  it('those whom the signed package names, and nobody where it names none', () => {
    expect([may(claimed(), 'claim'), may(section(), 'claim')]).toEqual(['sig other', '']);
    expect(may(claimed(), 'endClaim')).toBe('hana dele sig other');
  });
  it('not its owner, a delegate or an operator, even where a revision made them one after it was signed', () => {
    expect(may(claimed({}, ['hana', 'dele', 'ops', 'sig']), 'claim')).toBe('sig');
    expect(may(claimed(), 'claim', ['ops', 'sig'])).toBe('other');
  });
  it('not those who applied the release or receive its access (R8)', () => {
    expect(may(claimed({ appliedBy: ['sig'] }), 'claim')).toBe('other');
    expect(may(claimed({ receivers: ['other'] }), 'claim')).toBe('sig');
  });
  it('but a claim is ended by everyone whom it names, whatever they have become since: whose it is, the claims themselves say', () => {
    expect(may(claimed({ appliedBy: ['sig'], receivers: ['other'] }), 'endClaim')).toBe('hana dele sig other');
    expect(may(claimed(), 'endClaim', ['ops', 'sig'])).toBe('hana dele sig other');
    expect(may(section(), 'endClaim')).toBe('hana dele');
  });
  it('nobody without naming the package', () => {
    expect(mayAct(who({ wide: true }), 'claim', 'sig', now)?.code).toBe('unknown-package');
  });
});

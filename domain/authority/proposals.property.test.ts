import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answer, blackout, question, rollback, terms, tune } from '../../test/support/decisions.ts';
import {
  approvedBy,
  decisionsFrom,
  evolve,
  freezeAt,
  givesWay,
  hasExpired,
  noDecisions,
  refusalOf,
  rollbackApprovals,
  type Answer,
  type Decisions,
  type Subject,
} from './proposals.ts';

describe('whatever happens', () => {
  const people = ['ann', 'ben'];
  const subjects: Subject[] = [rollback, question, tune({ people: ['ann'] }), tune({ people: ['ben'] }), { kind: 'tune', tune: { step: 'grantMissing' } }];
  const rarely = <T>(value: fc.Arbitrary<T>) => fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
  const step = fc.oneof(
    fc.record({ do: fc.constant('propose' as const), subject: fc.constantFrom(...subjects) }),
    fc.record({
      do: fc.constant('answer' as const),
      by: fc.constantFrom('olga', 'olga', 'dora', 'ines', 'hugo'),
      answer: fc.constantFrom<Answer['answer'][]>('approve', 'approve', 'approve', 'freeze', 'decline', 'afterBlackout'),
      people: rarely(fc.constantFrom(['ann'], people)),
      untilIn: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      /** Mostly what is open; sometimes what someone else was shown. */
      other: rarely(fc.record({ id: fc.integer({ min: 1, max: 6 }), subject: fc.constantFrom(...subjects) })),
    }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 25 }) }),
  );
  const spans = fc.array(fc.record({ from: fc.nat(120), length: fc.integer({ min: 1, max: 25 }) }), { maxLength: 3 });

  test('the workflow takes as approved and frozen exactly what the check before an effect accepts', () => {
    let approvals = 0;
    let freezes = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), spans, fc.constantFrom(1, 2), (steps, blackouts, needed) => {
        const given = terms({ rollbackApprovals: needed, blackouts: blackouts.map(({ from, length }) => blackout(from, from + length)) });
        let decisions: Decisions = noDecisions();
        let nowMs = 1;
        let proposals = 0;
        const accepted: Answer[] = [];
        const sent: Answer[] = [];
        const propose = (subject: Subject) => {
          proposals += 1;
          decisions = evolve(decisions, { type: 'proposed', proposal: { id: `${subject.kind}-${proposals}`, subject, approvals: [] } }, given);
        };
        for (const one of steps) {
          if (one.do === 'wait') nowMs += one.ms;
          const { open } = decisions;
          if (open && hasExpired(open, nowMs)) propose(open.subject);
          if (one.do === 'propose' && (!decisions.open || givesWay(decisions.open.subject.kind, one.subject.kind))) propose(one.subject);
          if (one.do === 'answer') {
            const shown = one.other ? { id: `${one.other.subject.kind}-${one.other.id}`, subject: one.other.subject } : decisions.open;
            if (!shown) continue;
            const made = answer({
              by: one.by,
              atMs: nowMs,
              proposal: shown.id,
              subject: shown.subject,
              answer: one.answer,
              ...(one.people ? { people: one.people } : {}),
              ...(one.untilIn === undefined ? {} : { untilMs: nowMs + one.untilIn }),
            });
            sent.push(made);
            if (refusalOf(decisions, made, given)) continue;
            decisions = evolve(decisions, { type: 'answered', answer: made }, given);
            accepted.push(made);
          }
          const check = decisionsFrom(accepted, given);
          expect(freezeAt(check, nowMs)).toEqual(freezeAt(decisions, nowMs));
          expect(rollbackApprovals(check, given, nowMs)).toEqual(rollbackApprovals(decisions, given, nowMs));
          expect(check.approved).toEqual(decisions.approved);
          for (const { message } of sent) {
            for (const what of [
              { step: 'narrow' as const, people: ['ann'] },
              { step: 'grantMissing' as const },
              { rollbackOf: ['ann'] },
              { rollbackOf: people },
            ])
              expect(approvedBy(check, message, what)).toEqual(approvedBy(decisions, message, what));
          }
          approvals += check.approved.length + (rollbackApprovals(check, given, nowMs) ? 1 : 0);
          freezes += freezeAt(check, nowMs) ? 1 : 0;
        }
      }),
      { numRuns: 1_000 },
    );
    expect(approvals).toBeGreaterThan(100);
    expect(freezes).toBeGreaterThan(100);
  });
});

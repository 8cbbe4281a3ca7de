import { describe, expect, test } from 'vitest';
import { packageMessageBodies } from '../domain/messages.ts';
import { commandWithPeer } from '../test/support/command-with-peer.ts';
import { runningPackage } from '../test/support/views.ts';

const command = commandWithPeer();
const closing = 'small/first/closing';

describe('a decision answers the proposal that is open', () => {
  test('it is shown and named', async () => {
    command.peer.waves[0]?.packages.push(
      runningPackage({
        state: 'Rollback ready',
        nextAction: 'Rollback',
        proposal: { id: 'rollback-9', kind: 'rollback', why: 'exceptions are 0.31, more than 0.25', proposedAtMs: 0 },
      }),
    );
    const { out } = await command.rolewave(['decide', closing, 'freeze', '--reason', 'Stock-taking']);
    expect(out).toContain('Proposed: rollback: exceptions are 0.31, more than 0.25');
    expect(command.sent()[0]?.body).toEqual({ proposal: 'rollback-9', kind: 'rollback', answer: 'freeze', reason: 'Stock-taking' });
  });

  test('for a tune, what was shown is sent with the answer, which is valid for the domain', async () => {
    const tune = { step: 'narrow' as const, people: ['ana', 'ben'] };
    command.peer.waves[0]?.packages.push(runningPackage({ proposal: { id: 'tune-2', kind: 'tune', tune, why: 'ops: fewer', proposedAtMs: 0 } }));
    const { out } = await command.rolewave(['decide', closing, 'approve', '--reason', 'Agreed']);
    expect(out).toContain('Proposed: tune (narrow: ana, ben): ops: fewer');
    expect(command.sent()[0]?.body).toEqual({ proposal: 'tune-2', kind: 'tune', tune, answer: 'approve', reason: 'Agreed' });
    expect(packageMessageBodies.decide.safeParse(command.sent()[0]?.body)).toMatchObject({ success: true });
  });

  test('named by its id it is answered without being shown, and any other open proposal is not answered', async () => {
    command.peer.waves[0]?.packages.push(runningPackage({ proposal: { id: 'rollback-9', kind: 'rollback', why: 'exceptions', proposedAtMs: 0 } }));
    const other = await command.rolewave(['decide', closing, 'keep', '--reason', 'No', '--proposal', 'rollback-8']);
    expect(other).toMatchObject({ code: 3, err: expect.stringContaining('The open proposal of small/first/closing is rollback-9, not rollback-8') });
    expect(command.sent()).toEqual([]);
    const { out } = await command.rolewave(['decide', closing, 'keep', '--reason', 'No', '--proposal', 'rollback-9']);
    expect(out).not.toContain('Proposed:');
    expect(command.sent()[0]?.body).toEqual({ proposal: 'rollback-9', kind: 'rollback', answer: 'decline', reason: 'No' });
  });

  test('with none open it is refused', async () => {
    command.peer.waves[0]?.packages.push(runningPackage());
    expect(await command.rolewave(['decide', closing, 'approve', '--reason', 'x'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('has no open proposal'),
    });
  });
});

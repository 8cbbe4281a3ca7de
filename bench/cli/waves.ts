/** What the endpoint answers to `status`, for the bench of the command: one wave with released packages, in the form of the real one. */
import type { FullWaveList } from '../../domain/views/lists.ts';

const atMs = Date.UTC(2026, 3, 8);

export function waveList(packages: number): FullWaveList {
  const ids = Array.from({ length: packages }, (_, index) => `package-${index + 1}`);
  const common = { owner: 'olga', team: 'finance', risk: 'low', state: 'Monitoring', nextAction: 'Monitor' } as const;
  return {
    waves: [
      {
        wave: {
          kind: 'wave',
          plan: 'bench',
          wave: 'wave-1',
          revision: 1,
          stage: 'watching',
          goLiveMs: atMs,
          packages: ids.map((id) => ({
            ...common,
            package: id,
            name: `Package ${id}`,
            planDigest: 'a'.repeat(64),
            checklist: [],
            signOffs: [],
            blockers: [],
            releasedAtMs: atMs,
          })),
          notes: [],
          refusals: [],
        },
        packages: ids.map((id) => ({
          ...common,
          kind: 'package',
          plan: 'bench',
          wave: 'wave-1',
          package: id,
          name: `Package ${id}`,
          revision: 1,
          grants: { created: 6, preexisting: 1, failed: 0, unknown: 0, legacyRetired: 2 },
          watch: { startMs: atMs, endMs: atMs + 14 * 86_400_000, day: 3, days: 14, evaluations: 3 },
          lastVerdict: { kind: 'learning', why: 'posting-exceptions is judged only from 7 days after go-live', atMs, evaluation: 3 },
          tunes: [],
          receipts: [],
          notes: [],
          refusals: [],
        })),
      },
    ],
  };
}

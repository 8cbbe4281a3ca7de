/** The stage of a wave in words. */
import type { WaveStage } from '../domain/states.ts';

const words: Partial<Record<WaveStage, string>> = {
  signOffs: 'waiting for sign-offs',
  goLive: 'waiting for go-live',
  preview: 'previewing',
  recheck: 'rechecking',
  release: 'releasing',
};

export const stageText = (stage: WaveStage): string => words[stage] ?? stage;

/** Its go-live is still to come. */
export const isAhead = (stage: WaveStage): boolean => ['readiness', 'preview', 'signOffs', 'goLive', 'recheck'].includes(stage);

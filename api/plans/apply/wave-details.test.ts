import { expect, test } from 'vitest';
import { waveSection } from '../../../domain/plan/section.ts';
import { plan } from '../../../test/support/plan.ts';
import { waveDetails } from './wave-details.ts';

test('what people wrote becomes neither markup nor links in the details that Temporal shows', () => {
  const description = '# Urgent\n\n[sign here](https://evil.example/sign) <img src=x onerror=alert(1)> ![](http://evil.example/p.png) | **bold** `code`';
  const hostile = plan({ packages: [{ id: 'clerk', name: 'Clerks](https://evil.example) <b>' }], waves: [{ description }] });
  const details = waveDetails(hostile, waveSection(hostile, 1, 'wave-1'));
  // What Rolewave itself writes in bold is the name of the package.
  expect(details.replaceAll(/\\[!-/:-@[-`{-~]/g, '').replace(/\*\*(.*)\*\*/, '$1')).not.toMatch(/[#[\]<>`*|!]/);
  expect(details).not.toMatch(/https?:|evil\.example/);
  expect(details.split('\n')).toHaveLength(3);
});

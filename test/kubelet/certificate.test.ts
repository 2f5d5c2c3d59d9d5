import * as assert from 'uvu/assert';
import type { Cause } from '../../src/kubelet/causes/causes.ts';
import { judgeCertificate } from '../../src/kubelet/certificate.ts';
import { suite } from '../kit/suite.ts';

const now = Date.parse('2026-11-26T08:00:00Z');
const early = '2026-11-01T00:00:00Z';
const late = '2027-11-01T00:00:00Z';

suite('the faults of a serving certificate', (test) => {
  for (const [title, notBefore, notAfter, refusal, expected] of [
    ['a valid certificate', early, late, undefined, []],
    [
      'a certificate that expires now',
      early,
      '2026-11-26T08:00:00Z',
      undefined,
      ['certificate-expired'],
    ],
    [
      'a certificate that expires in an hour',
      early,
      '2026-11-26T09:00:00Z',
      undefined,
      ['certificate-expires-soon'],
    ],
    ['a certificate that is valid later', late, late, undefined, ['certificate-not-yet-valid']],
    [
      'a certificate that is valid later and was rejected for this reason',
      late,
      late,
      'certificate-not-yet-valid',
      ['certificate-not-yet-valid'],
    ],
    [
      'a certificate that has expired and was rejected because of its names',
      early,
      early,
      'name-mismatch',
      ['certificate-expired', 'name-mismatch'],
    ],
    [
      'a valid certificate whose CA has expired',
      early,
      late,
      'certificate-expired',
      ['certificate-expired'],
    ],
  ] as readonly (readonly [string, string, string, Cause | undefined, readonly string[]])[])
    test(`are ${expected.join(' and ') || 'none'} for ${title}`, () => {
      const faults = judgeCertificate({ notBefore, notAfter }, refusal, now, 30);
      assert.equal(
        faults.map(({ cause }) => cause),
        expected,
      );
    });
});

import * as assert from 'uvu/assert';
import { formatLifetime, parseCertificateMetrics } from '../../src/kubelet/certificate-metrics.ts';
import { suite } from '../kit/suite.ts';
import { certificateMetrics } from '../sandbox/certificate-metrics.ts';

const found = (body: string) => {
  const read = parseCertificateMetrics(body);
  if (!('found' in read)) throw new Error(read.problem);
  return read.found;
};
const bucket = (le: string, count: number) =>
  `apiserver_client_certificate_expiration_seconds_bucket{le="${le}"} ${count}\n`;

suite('certificates in the metrics of a kubelet', (test) => {
  test('have the values of a kubelet that rotates its certificates', () => {
    assert.equal(found(certificateMetrics({ clientDays: 9, renewalErrors: 2 })), {
      clientLeftSeconds: 9 * 86_400 + 3600,
      servingLeftSeconds: undefined,
      clientRenewalErrors: 2,
      servingRenewalErrors: undefined,
      expiredShown: undefined,
      callers: { over: 31_104_000, upTo: Number.POSITIVE_INFINITY },
    });
  });

  test('are undefined without a metric or without a finite number', () => {
    const ttl = 'kubelet_certificate_manager_client_ttl_seconds';
    for (const body of ['', 'a 1\n', `${ttl} +Inf\n`, `${ttl} NaN\n`, `${ttl}{a="b"} -Inf\n`])
      assert.is(found(body).clientLeftSeconds, undefined, body);
    assert.is(found(`${ttl} -3\n`).clientLeftSeconds, -3);
    assert.is(found(`${ttl} 1\n${ttl} 2\n`).clientLeftSeconds, 1);
  });

  test('are rejected if a line is not a metric', () => {
    assert.equal(parseCertificateMetrics('<html>\n'), {
      problem: 'line 1: unexpected "<html>"',
    });
    const cut = parseCertificateMetrics(`${certificateMetrics()}a{`);
    assert.match('problem' in cut ? cut.problem : '', /^line \d+: its end is missing$/);
  });

  test("have the least remaining time of callers' certificates", () => {
    for (const [body, expected] of [
      [bucket('0', 0) + bucket('+Inf', 0), undefined],
      [bucket('0', 1) + bucket('1800', 1), 'expired'],
      [bucket('0', 0) + bucket('1800', 1) + bucket('+Inf', 9), '<30m'],
      [bucket('2.592e+06', 4) + bucket('604800', 0) + bucket('+Inf', 9), '7d-30d'],
      [bucket('3.1104e+07', 0) + bucket('+Inf', 2), '>360d'],
      [bucket('x', 3) + bucket('NaN', 3), undefined],
      ['apiserver_client_certificate_expiration_seconds_bucket 3\n', undefined],
    ] as const) {
      const { callers } = found(body);
      assert.is(callers && formatLifetime(callers), expected, body);
    }
  });
});

import * as assert from 'uvu/assert';
import {
  causeOfResponse,
  causeOfTransport,
  causes,
  entryOf,
  isCause,
} from '../../../src/kubelet/causes/causes.ts';
import { explain } from '../../../src/kubelet/explain/explain.ts';
import { mayFail } from '../../../src/kubelet/explain/split-messages.ts';
import { suite } from '../../kit/suite.ts';

suite('causes', (test) => {
  test('have different ranks', () => {
    const ranks = causes.map((cause) => entryOf(cause).rank);
    assert.equal(new Set(ranks).size, ranks.length);
  });

  // [code, cause]: OpenSSL's codes for errors of a kubelet's certificate or handshake
  for (const [code, cause] of [
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted-ca'],
    ['UNABLE_TO_GET_ISSUER_CERT', 'untrusted-ca'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'untrusted-ca'],
    ['CERT_SIGNATURE_FAILURE', 'untrusted-ca'],
    ['CERT_UNTRUSTED', 'untrusted-ca'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted-ca'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed-certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'name-mismatch'],
    ['CERT_HAS_EXPIRED', 'certificate-expired'],
    ['CERT_NOT_YET_VALID', 'certificate-not-yet-valid'],
    ['INVALID_PURPOSE', 'certificate-not-for-servers'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'handshake-failed'],
  ] as const)
    test(`${code} in a handshake means ${cause}`, () =>
      assert.is(causeOfTransport({ stage: 'handshake', code, message: '' }), cause));

  test('change only to other existing causes, whatever the hop and the port', () => {
    const places = [true, false].flatMap((toKubelet) =>
      [10_250, 10_255, undefined].map((port) => ({ toKubelet, port })),
    );
    const becoming = causes.flatMap((cause) =>
      places
        .map((place) => entryOf(cause).becomes?.(place))
        .filter((other) => other !== undefined)
        .map((other) => [cause, other] as const),
    );
    assert.ok(becoming.length > 1);
    for (const [cause, other] of becoming) assert.ok(isCause(other) && other !== cause, other);
  });

  test('do not share an error code', () => {
    const codes = causes.flatMap((cause) => entryOf(cause).codes);
    assert.equal(codes, [...new Set(codes)]);
  });

  for (const cause of causes)
    for (const example of entryOf(cause).examples)
      test(`${cause} is recognized in: ${example}`, () => {
        const inRequest = `Get "https://10.0.0.1:10250/metrics": ${example}`;
        assert.ok(mayFail(example), 'a word of it must be in `anchors`');
        const found = [...explain(example), ...explain(inRequest)].map((each) => each.cause);
        assert.ok(found.includes(cause), `${found}`);
      });

  // [status and body of a response, expected cause]
  for (const [status, body, cause] of [
    [200, 'ok', undefined],
    [400, 'previous terminated container not found', 'server-error'],
    [401, 'Unauthorized', 'no-credential-accepted'],
    [403, 'Forbidden (user=a, verb=get, resource=nodes, subresource=proxy)', 'forbidden'],
    [404, '404 page not found', 'not-found'],
    [405, 'logs endpoint is disabled.', 'switched-off'],
    [405, '405: Method Not Allowed', 'method-not-allowed'],
    [429, 'Too many requests', 'server-error'],
    [500, 'Authorization error (user=a, verb=get)', 'kubelet-cannot-reach-apiserver'],
    [500, 'healthz check failed', 'server-error'],
    [502, '<html>', 'not-a-kubelet'],
    [503, 'busy', 'server-error'],
    [504, '', 'not-a-kubelet'],
  ] as const)
    test(`a response ${status} ${body} means ${cause ?? 'no cause'}`, () =>
      assert.is(causeOfResponse(status, body), cause));
});

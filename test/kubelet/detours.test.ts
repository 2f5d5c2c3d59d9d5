import * as assert from 'uvu/assert';
import { detourBy, KubeletFailure } from '../../src/kube/kubelet-client/kubelet-failure.ts';
import { type Stage, TransportError } from '../../src/kube/transport/error.ts';
import { causes } from '../../src/kubelet/causes/all-causes.ts';
import type { Cause } from '../../src/kubelet/causes/causes.ts';
import { describeDetour, detourOf, reasonForDetour } from '../../src/kubelet/detours.ts';
import { suite } from '../kit/suite.ts';

type Reasons = Readonly<Partial<Record<Cause, string>>>;

const silent: Reasons = {
  'no-address': 'their Node objects have no address',
  'name-does-not-resolve': 'their names do not resolve here',
  'no-route': 'they are unreachable from here',
  'connection-timed-out': 'they are unreachable from here',
  'connection-refused': 'they are unreachable from here',
  'connection-cut': 'they are unreachable from here',
  'proxy-failed': 'a proxy does not reach them',
  'handshake-failed': 'they do not complete a TLS handshake',
};

const answered: Reasons = {
  'no-serving-certificate-yet': 'they have no serving certificate yet',
  'not-tls': 'their ports do not speak TLS',
  'not-http': 'their ports do not speak HTTP',
  'untrusted-ca': 'their certificates are of an untrusted CA',
  'self-signed-certificate': 'their certificates are self-signed',
  'name-mismatch': 'their certificates do not name their addresses',
  'certificate-expired': 'their certificates have expired',
  'certificate-not-yet-valid': 'their certificates are not yet valid',
  'certificate-not-for-servers': 'their certificates are not for servers',
  'no-credential-accepted': 'they do not accept your credential',
};

const reasons = Object.entries({ ...silent, ...answered }) as readonly (readonly [Cause, string])[];

suite('a reason to read a kubelet through the API server', (test) => {
  for (const [cause, many] of reasons)
    test(`is ${cause}: ${many}`, () => {
      assert.is(detourOf(cause)?.isSilence, cause in silent);
      const relayed = 'read through the API server:';
      assert.is(reasonForDetour(cause, 2), many);
      assert.is(describeDetour(cause, ['n1', 'n2']), `2 kubelets are ${relayed} ${many}`);
      assert.is(describeDetour(cause, []), `kubelets are ${relayed} ${many}`);
      const one = describeDetour(cause, ['n1']);
      assert.match(one, new RegExp(`^n1 is ${relayed} .*\\bits?\\b`));
      assert.not.match(one, /\b(?:they|their|them|are|have)\b/);
    });

  test('does not exist after other failures, such as a denial or a different certificate', () => {
    const found = causes.filter((cause) => detourOf(cause));
    assert.equal(found.sort(), reasons.map(([cause]) => cause).sort());
    for (const cause of ['forbidden', 'different-certificate'] as const)
      assert.not.ok(found.includes(cause));
  });

  test('does not exist once the request was sent, unless the response is 401 or is not HTTP', () => {
    const by = (why: Cause, stage: Stage) =>
      detourBy(new KubeletFailure('', { why, cause: new TransportError(stage, 'x') }));
    for (const stage of ['proxy', 'connect', 'handshake'] as const)
      assert.ok(by('connection-cut', stage), stage);
    for (const stage of ['response', 'body'] as const) {
      for (const why of ['connection-cut', 'connection-timed-out'] as const)
        assert.is(by(why, stage), undefined, stage);
      assert.ok(by('not-http', stage));
    }
    assert.ok(detourBy(new KubeletFailure('', { why: 'no-credential-accepted', status: 401 })));
    assert.is(detourBy(new KubeletFailure('', { why: 'forbidden', status: 403 })), undefined);
  });
});

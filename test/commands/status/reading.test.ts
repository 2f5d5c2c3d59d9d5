import * as assert from 'uvu/assert';
import type { NodeFacts } from '../../../src/commands/status/facts.ts';
import type { FailedProbe, Probe } from '../../../src/commands/status/probe.ts';
import { readingOf } from '../../../src/commands/status/report/hops.ts';
import type { Cause } from '../../../src/kubelet/causes/causes.ts';
import { withObstacle } from '../../kit/obstacle.ts';
import { label } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

inVirtualTime();

const ok: Probe = { result: 'ok', ms: 1 };
const unasked: Probe = { result: 'not-asked', message: 'x' };
const failed = (cause: Cause): FailedProbe => ({
  ...{ result: 'failed', cause, component: 'network', message: '', ms: 1 },
});

const read = (probes: readonly (Probe | Cause)[], viaApiServer: Probe = ok) =>
  readingOf(
    probes.map((probe, index): NodeFacts => {
      const direct = typeof probe === 'string' ? failed(probe) : probe;
      const node = { metadata: { name: `n${index + 1}` } };
      return { node, address: undefined, direct, viaApiServer };
    }),
  );

const selfSigned = 'self-signed-certificate';

suite('the path that status reports for commands that read', (test) => {
  for (const [title, probes, via, words] of [
    ['all kubelets are reached', [ok, ok], 'direct', 'directly'],
    ['one of two kubelets does not answer', [ok, 'connection-timed-out'], 'direct', 'directly'],
    ['a kubelet denies', ['forbidden', 'connection-refused'], 'direct', 'directly'],
    ['a fingerprint differs', ['different-certificate'], 'direct', 'directly'],
    [
      'some certificates fail',
      [ok, selfSigned, 'connection-refused', selfSigned],
      'direct',
      'directly, and to 2 of 4 nodes through the API server (their certificates are self-signed)',
    ],
    [
      'no kubelet is reached',
      ['untrusted-ca', selfSigned, selfSigned],
      'apiserver',
      'through the API server (their certificates are self-signed)',
    ],
    ['no kubelet is asked', [unasked, unasked], 'apiserver', 'through the API server'],
  ] as const)
    test(`is reported if ${title}: ${words}`, () => {
      const reading = read(probes);
      assert.equal([reading?.via, reading?.message], [via, words]);
      assert.is(
        reading?.cause,
        words.startsWith('through the API server (') ? selfSigned : undefined,
      );
    });

  test('is the API server if all direct requests and all requests through the API server fail', () => {
    const { message: words } = read([selfSigned], failed('forbidden')) ?? {};
    assert.is(
      words,
      'through the API server (its certificate is self-signed), and fail there, too',
    );
  });

  test('is not reported if no node was asked through the API server', () =>
    assert.is(read([ok], unasked), undefined));

  test('is printed as a table and as JSON, with the distribution of the cluster', () =>
    withObstacle('refused', {}, async ({ sandbox, tool }) => {
      for (const name of ['node-1', 'node-2'])
        label(sandbox, 'nodes', name, { 'kops.k8s.io/instancegroup': 'nodes' });
      const { stdout } = await tool('status');
      assert.match(stdout, '\ncluster: kOps\n');
      const words = 'through the API server (they are unreachable from here), and fail there, too';
      assert.match(stdout, `\nreading commands go: ${words}\n`);
      const report = JSON.parse((await tool('status -o json')).stdout);
      assert.equal(report.reading, {
        via: 'apiserver',
        cause: 'connection-refused',
        message: words,
      });
    }));

  test('is the path that curl uses', async () => {
    for (const nodes of [['self-signed'], ['none'], ['none', 'self-signed']] as const)
      await withSandbox({ nodes, verifyKubelets: false }, async (sandbox, tool) => {
        assert.is((await tool('grant')).code, 0);
        const { reading } = JSON.parse((await tool('status -o json')).stdout);
        const { stdout } = await tool(`curl /healthz --all -o json`);
        const { items } = JSON.parse(stdout) as { items: { via: string }[] };
        assert.is(items[0]?.via, reading.via, sandbox.directory);
      });
  });
});

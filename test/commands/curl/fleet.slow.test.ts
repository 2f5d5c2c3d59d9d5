import { createHash } from 'node:crypto';
import * as assert from 'uvu/assert';
import { sweeps } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import type { Result } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { certificateMetrics } from '../../sandbox/certificate-metrics.ts';

inVirtualTime();

interface Envelope {
  readonly node?: string;
  readonly address?: string;
  readonly via: string;
  readonly status?: number;
  readonly bytes?: number;
  readonly body?: { readonly node: { readonly nodeName: string } };
  readonly message?: string;
  readonly cause?: string;
  readonly hint?: string;
}

const envelopesOf = ({ stdout }: Result): readonly Envelope[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Envelope);

const lastLine = ({ stderr }: Result) => stderr.trimEnd().split('\n').at(-1) ?? '';

const nodeNames = (count: number) =>
  Array.from({ length: count }, (_, index) => `node-${String(index + 1).padStart(4, '0')}`);

const many = sweeps ? 1000 : 260;
const dead = sweeps ? 50 : 15;

suite(`curl of ${many} nodes`, (test) => {
  test('calls each node once, even if the list of nodes has several pages', () =>
    withSandbox({ fleet: { nodes: many } }, async (sandbox, tool) => {
      const result = await tool(['curl', '/metrics', '--all', '-o', 'ndjson', '--timeout', '60s']);
      assert.is(result.code, 0, result.stderr.slice(-500));
      assert.is(
        result.stderr,
        `${many < 1000 ? '' : `note: each kubelet asks the API server what you, or kube-apiserver, may do: about ${many} requests\n`}${many} of ${many} nodes answered\n`,
      );
      const hashes = (bodies: Iterable<readonly [string, string]>) =>
        [...bodies]
          .map(([node, body]) => `${node} ${createHash('sha256').update(body).digest('hex')}`)
          .sort();
      const received = envelopesOf(result).map(
        ({ node = '', body }) => [node, String(body)] as const,
      );
      const feature = 'kubernetes_feature_enabled{name="KubeletFineGrainedAuthz",stage=""} 1\n';
      const expected = nodeNames(many).map(
        (node) =>
          [
            node,
            `# TYPE sandbox_requests_total counter\nsandbox_requests_total{path="/metrics",node="${node}"} 1\n${feature}${certificateMetrics()}`,
          ] as const,
      );
      assert.equal(hashes(received), hashes(expected));
      for (const { requests } of sandbox.kubelets) assert.equal(requests, ['GET /metrics']);
    }));

  test('waits for all dead nodes together only as long as for a single node', () =>
    withSandbox({ fleet: { nodes: many, blackHoles: dead } }, async (sandbox, tool) => {
      const run = tool(['curl', 'summary', '--all', '-o', 'ndjson', '--timeout', '5s']);
      setTimeout(() => {
        sandbox.store.delete('nodes', 'node-0250');
        const node = sandbox.store.get('nodes', 'node-0001');
        if (node) sandbox.store.put('nodes', { ...node, metadata: { name: 'node-9999' } });
      }, 2500);
      const result = await run;
      assert.is(result.code, 4);
      assert.is(
        lastLine(result),
        `${many - dead} of ${many} nodes answered, ${dead} failed (timed out)`,
      );
      const envelopes = envelopesOf(result);
      assert.equal(envelopes.map(({ node }) => node).sort(), nodeNames(many));
      for (const { node, body, cause } of envelopes)
        assert.is(cause === undefined ? body?.node.nodeName : node, node);
    }));
});

suite('curl of nodes of which some fail', (test) => {
  test('names the same causes through the API server as directly', () =>
    withSandbox({ nodes: ['none', 'stopped', 'handlers-off'] }, async (_, tool) => {
      const args = ['curl', '/configz', '--all', '-o', 'json'];
      const [direct, proxied] = [await tool(args), await tool([...args, '--via', 'apiserver'])];
      const items = ({ stdout }: Result) =>
        (JSON.parse(stdout) as { items: readonly Envelope[] }).items;
      assert.equal([direct.code, proxied.code], [4, 1]);
      assert.equal(
        items(proxied).map(({ node, via, address, cause }) => [node, via, address, cause]),
        [
          ['node-1', 'apiserver', undefined, 'forbidden'],
          ['node-2', 'apiserver', undefined, 'connection-refused'],
          ['node-3', 'apiserver', undefined, 'not-found'],
        ],
      );
      assert.equal(
        items(direct).map(({ node, cause }) => [node, cause]),
        [
          ['node-1', undefined],
          ['node-2', 'connection-refused'],
          ['node-3', 'not-found'],
        ],
      );
      // The kubelet denied kube-apiserver, not the caller.
      assert.match(
        proxied.stderr,
        /missing: get on nodes\/configz or nodes\/proxy for user "Kubernetes", which is kube-apiserver/,
      );
    }));

  test('--via auto calls unreachable nodes through the API server, but not nodes that deny access', () =>
    withSandbox({ nodes: ['none', 'unauthorized', 'ipv6-only'] }, async (_sandbox, tool) => {
      await tool(['grant', '--subject', 'user:Kubernetes', '--allow-exec']);
      const result = await tool('curl healthz --all --via auto -o ndjson --kubelet-port 1');
      const byNode = new Map(envelopesOf(result).map((each) => [each.node, each]));
      assert.equal([byNode.get('node-1')?.via, byNode.get('node-1')?.body], ['apiserver', 'ok']);
      assert.equal(byNode.get('node-2')?.cause, 'no-credential-accepted');
      assert.match(
        result.stderr,
        /note: 2 kubelets are read through the API server: they are unreachable from here\n/,
      );
      const denied = await tool('curl healthz --node node-3 --via auto -o ndjson', 'dev');
      assert.equal(envelopesOf(denied)[0]?.via, 'apiserver');
    }));
});

import { createServer } from 'node:http';
import * as assert from 'uvu/assert';
import { rule, serviceAccount } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { startTamperingProxy } from '../../kit/tampering-proxy.ts';
import { checkFailure, runTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';
import { withListener } from '../../sandbox/listen.ts';
import { type Sandbox, sandboxToken } from '../../sandbox/sandbox.ts';

const agent = 'system:serviceaccount:monitoring:agent';
const as = ['--as-serviceaccount', 'monitoring/agent'];
const summary = ['curl', '/stats/summary', '--node', 'node-1'];
const stats = rule('nodes/stats');
const proxy = rule('nodes/proxy');
const tokenLine = 'POST /api/v1/namespaces/monitoring/serviceaccounts/agent/token';

function withAgent(sandbox: Sandbox): void {
  sandbox.store.put('serviceaccounts', serviceAccount('agent', 'monitoring'));
}

/** Returns the user and the request line of each request to the API server. */
const asked = ({ apiServer }: Sandbox) =>
  apiServer.requests.map(({ line, headers }) => {
    const { authorization = '' } = headers;
    const who = authorization.endsWith(sandboxToken) ? 'caller' : authorization ? 'agent' : 'none';
    return `${who} ${line}`;
  });

suite('curl --as-serviceaccount', (test) => {
  test('looks up the node as the caller, and calls the kubelet only as the service account', () =>
    withSandbox(async (sandbox, tool) => {
      withAgent(sandbox);
      allow(sandbox, agent, [stats]);
      for (const [caller, account] of [
        ['token', 'monitoring/agent'],
        ['admin', 'serviceaccount:monitoring:agent'],
        ['admin', agent],
      ] as const) {
        const args = [...summary, '--as-serviceaccount', account];
        const { code, stdout, stderr } = await tool(args, caller);
        assert.equal([code, stderr, stdout.includes('"nodeName"')], [0, '', true], caller);
        const denied = await tool(['curl', '/pods', '--node', 'node-1', ...as], caller);
        assert.is(denied.code, 1);
        assert.match(denied.stderr, `Forbidden (user=${agent}, verb=get, `);
      }
      assert.equal(asked(sandbox).slice(0, 2), [
        `caller ${tokenLine}`,
        'caller GET /api/v1/nodes/node-1',
      ]);
    }));

  test('reports a denial for the service account, with the command that allows it', () =>
    withSandbox(async (sandbox, tool) => {
      withAgent(sandbox);
      const { code, stdout, stderr } = await tool([...summary, ...as]);
      assert.equal([code, stdout], [1, '']);
      assert.match(stderr, `missing: get on nodes/stats for user "${agent}"\n`);
      assert.match(
        stderr,
        'hint: kubectl kubeletaccess grant --profile stats --subject serviceaccount:monitoring:agent\n',
      );
      const grant = ['grant', '--profile', 'stats', '--subject', 'serviceaccount:monitoring:agent'];
      assert.is((await tool(grant)).code, 0);
      await new Promise((resolve) => setTimeout(resolve, 350));
      assert.is((await tool([...summary, ...as])).code, 0);
    }));

  test('uses the node proxy only as the service account', () =>
    withSandbox(async (sandbox, tool) => {
      withAgent(sandbox);
      const args = ['curl', '/healthz', '--node', 'node-1', '--via', 'apiserver', ...as];
      const denied = await tool(args, 'token');
      assert.is(denied.code, 1);
      assert.match(denied.stderr, `User "${agent}" cannot get resource "nodes/proxy"`);
      allow(sandbox, agent, [proxy]);
      allow(sandbox, 'Kubernetes', [proxy]);
      assert.is((await tool(args, 'token')).stdout, 'ok');
      const lines = asked(sandbox);
      assert.equal(lines.slice(-2), [
        `caller ${tokenLine}`,
        'agent GET /api/v1/nodes/node-1/proxy/healthz',
      ]);
    }));

  test('works with impersonation, which applies only to the API server', () =>
    withSandbox(async (sandbox, tool) => {
      withAgent(sandbox);
      allow(sandbox, agent, [stats, proxy]);
      const lookup = rule('nodes');
      const token = rule('serviceaccounts/token', 'create');
      allow(sandbox, 'jane', [lookup, token]);
      for (const path of [[], ['--via', 'apiserver']]) {
        const { stderr } = await tool([...summary, ...path, ...as, '--as', 'jane']);
        assert.ok(!stderr.includes('impersonat'), stderr);
      }
      const headers = sandbox.apiServer.requests.map(
        ({ headers: each }) => each['impersonate-user'],
      );
      assert.equal(headers, ['jane', 'jane', 'jane', undefined]);
    }));

  test('names the permission that a token request lacks, and a command that grants it for this account', () =>
    withSandbox(async (sandbox, tool) => {
      withAgent(sandbox);
      const { code, stderr } = await tool([...summary, ...as], 'dev');
      assert.is(code, 1);
      assert.is(
        stderr,
        [
          'Error from server (Forbidden): serviceaccounts "agent" is forbidden: User "dev" cannot create resource "serviceaccounts/token" in API group "" in the namespace "monitoring"',
          'missing: create on serviceaccounts/token of agent in namespace monitoring for user "dev"',
          'hint: kubectl create role token-of-agent:dev --verb=create --resource=serviceaccounts/token --resource-name=agent --namespace=monitoring && kubectl create rolebinding token-of-agent:dev --role=token-of-agent:dev --user=dev --namespace=monitoring',
          'hint: warning: with that permission a user may do whatever monitoring/agent may',
          '',
        ].join('\n'),
      );
    }));

  test('prints the token nowhere, at any -v', () =>
    withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
      withAgent(sandbox);
      const { stderr } = await tool([...summary, ...as, '-v=8']);
      assert.match(stderr, 'Bearer <masked>');
      assert.not.match(stderr, /sandbox\.[0-9a-f-]{36}/);
    }));

  for (const path of [[], ['--via', 'apiserver']])
    test(`masks the token if a server echoes the token ${path.join(' ')}`, () =>
      withSandbox({ nodes: ['none'] }, async (sandbox) => {
        withAgent(sandbox);
        let token = '';
        const proxy = await startTamperingProxy(sandbox, () => (answer) => {
          if (answer.path.endsWith('/token')) {
            ({ token } = (JSON.parse(answer.text) as { status: { token: string } }).status);
            return undefined;
          }
          const message = `nodes "node-1" are not for ${token}`;
          return {
            status: 403,
            text: JSON.stringify({ kind: 'Status', reason: 'Forbidden', message }),
          };
        });
        try {
          const env = { KUBECONFIG: proxy.kubeconfig };
          checkFailure(
            await runTool([...summary, ...path, ...as], { env }),
            'nodes "node-1" are not for <masked>\n',
          );
          assert.ok(token.length > 30);
        } finally {
          await proxy.stop();
        }
      }));

  for (const path of [[], ['--via', 'apiserver']])
    test(`does not request a token over plain http ${path.join(' ')}`, async () => {
      let requests = 0;
      const server = createServer((_, response) => {
        requests += 1;
        response.end();
      });
      await withListener(server, async (port) => {
        const args = [...summary, ...path, ...as, '--server', `http://127.0.0.1:${port}`];
        assert.equal(await runTool(args).then(({ code, stderr }) => [code, stderr]), [
          1,
          'error: no token of monitoring/agent is requested over plain http: others could read it on the way\nhint: use the https:// URL of the API server\n',
        ]);
        assert.is(requests, 0);
      });
    });
});

import * as assert from 'uvu/assert';
import { openApi } from '../kit/api-client.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { allow, withSandbox } from '../kit/with-sandbox.ts';
import type { Fault } from './faults.ts';
import type { Sandbox, SandboxOptions } from './sandbox.ts';

/** Answers of a kubelet to requests without a credential and as administrator. */
const answers: Partial<
  Record<
    Fault,
    Readonly<Record<'/healthz' | '/logs/', readonly [anonymous: string, admin: string]>>
  >
> = {
  none: {
    '/healthz': ['401 Unauthorized', '200 ok'],
    '/logs/': [
      '401 Unauthorized',
      '200 <!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n<a href="pods/">pods/</a>\n</pre>\n',
    ],
  },
  unauthorized: {
    '/healthz': ['401 Unauthorized', '401 Unauthorized'],
    '/logs/': ['401 Unauthorized', '401 Unauthorized'],
  },
  'cut-off': {
    '/healthz': [
      '401 Unauthorized',
      '500 Authorization error (user=admin, verb=get, resource=nodes, subresource=healthz)',
    ],
    '/logs/': [
      '401 Unauthorized',
      '500 Authorization error (user=admin, verb=get, resource=nodes, subresource=log)',
    ],
  },
  unhealthy: {
    '/healthz': [
      '401 Unauthorized',
      '500 [+]ping ok\n[+]log ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n',
    ],
    '/logs/': [
      '401 Unauthorized',
      '200 <!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n<a href="pods/">pods/</a>\n</pre>\n',
    ],
  },
  'handlers-off': {
    '/healthz': ['401 Unauthorized', '200 ok'],
    '/logs/': ['401 Unauthorized', '405 Debug endpoints are disabled.\n'],
  },
  anonymous: {
    '/healthz': [
      '403 Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[healthz proxy])\n',
      '200 ok',
    ],
    '/logs/': [
      '403 Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[log])\n',
      '200 <!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n<a href="pods/">pods/</a>\n</pre>\n',
    ],
  },
};

concurrentSuite('faults of the sandbox', (test) => {
  // test/commands/status/node-faults.test.ts has the errors of all faults.
  test('fails to relay a request or a log of a stopped kubelet in the words of an API server', () =>
    inSandbox({ nodes: ['stopped'] }, async (sandbox) => {
      const refused = 'dial tcp 127.0.0.1:1: connect: connection refused';
      assert.equal(await ask(sandbox, '/api/v1/nodes/node-1/proxy/healthz'), {
        status: 503,
        message: `error trying to reach service: ${refused}`,
      });
      assert.equal(await ask(sandbox, '/api/v1/namespaces/default/pods/web/log'), {
        status: 500,
        message: `Get "https://127.0.0.1:1/containerLogs/default/web/web": ${refused}`,
      });
    }));

  test('fails to find the log of a pod whose node is deleted', () =>
    inSandbox({ nodes: ['deleted'] }, async (sandbox) => {
      const { message } = await ask(sandbox, '/api/v1/namespaces/default/pods/web/log');
      assert.match(message, 'pods "node-1" not found');
    }));

  for (const [fault, paths] of entries(answers))
    for (const [path, [anonymous, admin]] of Object.entries(paths))
      test(`answers ${path} with ${fault} to anonymous users and administrators`, () =>
        inSandbox({ nodes: [fault] }, async (sandbox) => {
          allow(sandbox, 'admin', [{ apiGroups: [''], resources: ['*'], verbs: ['*'] }]);
          assert.equal(
            [await get(sandbox, path), await get(sandbox, path, 'admin')],
            [anonymous, admin],
          );
        }));

  test('allows every authenticated user everything with always-allow', () =>
    inSandbox({ nodes: ['always-allow'] }, async (sandbox) => {
      assert.is(await get(sandbox, '/healthz', 'nobody-knows'), '200 ok');
      assert.is(await get(sandbox, '/healthz'), '401 Unauthorized');
    }));

  test('lists the pending signing request with no-certificate', () =>
    inSandbox({ nodes: ['none', 'no-certificate'] }, async (sandbox) => {
      const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
      const { items } = (await askFor(sandbox, path)).body as {
        items: { metadata: { name: string }; spec: Record<string, string>; status: object }[];
      };
      assert.is(items.length, 1);
      assert.match(items[0]?.metadata.name ?? '', /^csr-[a-z0-9]{5}$/);
      assert.is(items[0]?.spec['signerName'], 'kubernetes.io/kubelet-serving');
      assert.is(items[0]?.spec['username'], 'system:node:node-2');
      assert.equal(items[0]?.status, {});
    }));
});

concurrentSuite('a fleet in the sandbox', (test) => {
  test('has a thousand nodes, of which all but black holes answer', async () => {
    await inSandbox(
      { fleet: { nodes: 1000, blackHoles: 50 }, dialTimeoutMs: 300 },
      async (sandbox) => {
        const dead = sandbox.kubelets.filter(({ faults }) => faults.has('black-hole'));
        assert.is(dead.length, 50);
        assert.is(new Set(sandbox.kubelets.map(({ host }) => host)).size, 1000);
        const text = async (name: string) =>
          (await askFor(sandbox, `/api/v1/nodes/${name}/proxy/healthz`)).text;
        for (const name of ['node-0001', 'node-0019', 'node-0999'])
          assert.match(await text(name), /^Forbidden \(user=Kubernetes,/, name);
        for (const name of ['node-0020', 'node-1000'])
          assert.match(await text(name), 'i/o timeout', name);
        assert.equal(sandbox.kubelets.find(({ name }) => name === 'node-0019')?.requests, [
          'GET /healthz',
        ]);
        assert.is(sandbox.apiServer.count('proxied'), 5);
        await nodes(sandbox);
        assert.is(sandbox.apiServer.count('list'), 1);
      },
    );
  });
});

function entries<T>(table: Partial<Record<Fault, T>>): readonly (readonly [Fault, T])[] {
  return Object.entries(table) as [Fault, T][];
}

function inSandbox(
  options: Omit<SandboxOptions, 'minor'>,
  use: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  return withSandbox({ minor: 37, ...options }, use);
}

/** Sends a GET to the API server as administrator. */
async function askFor(sandbox: Sandbox, path: string) {
  const { cert, key } = await sandbox.authority.issue({
    commonName: 'admin',
    organizations: ['system:masters'],
    usage: 'client',
  });
  const identity = { cert, key, ca: sandbox.authority.cert };
  return openApi(sandbox.apiServer.url, identity)('GET', path);
}

async function ask(sandbox: Sandbox, path: string): Promise<{ status: number; message: string }> {
  const { status, body } = await askFor(sandbox, path);
  return { status, message: (body as { message: string }).message };
}

interface ListedNode {
  readonly status: {
    readonly addresses: readonly { readonly address: string }[];
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
    readonly nodeInfo: Readonly<Record<string, string>>;
  };
}

async function nodes(sandbox: Sandbox): Promise<readonly ListedNode[]> {
  return ((await askFor(sandbox, '/api/v1/nodes')).body as { items: ListedNode[] }).items;
}

/** The answer of node-1, without verification: `200 ok`. */
async function get(sandbox: Sandbox, path: string, commonName?: string): Promise<string> {
  const { host, port } = sandbox.kubelets[0] ?? {};
  const identity =
    commonName === undefined ? {} : await sandbox.authority.issue({ commonName, usage: 'client' });
  const { status, text } = await openApi(`https://${host}:${port}`, {
    ...identity,
    ca: sandbox.authority.cert,
    rejectUnauthorized: false,
  })('GET', path);
  return `${status} ${text}`;
}

import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import * as assert from 'uvu/assert';
import { openApi } from '../kit/api-client.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { allow, withSandbox } from '../kit/with-sandbox.ts';
import { allFaults, type Fault } from './faults.ts';
import type { Sandbox, SandboxOptions } from './sandbox.ts';

const x509 = 'tls: failed to verify certificate: x509:';
const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';

/** The result of a connection to a kubelet, and the API server's message after `error trying to reach service: `. */
const unreachable: Partial<Record<Fault, readonly [direct: string, proxied: string]>> = {
  stopped: ['ECONNREFUSED', 'dial tcp 127\\.0\\.0\\.1:\\d+: connect: connection refused'],
  'black-hole': ['no answer', 'dial tcp 127\\.0\\.0\\.1:\\d+: i/o timeout'],
  'wrong-name': [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    `${x509} certificate is valid for 10\\.0\\.0\\.1, not 127\\.0\\.0\\.1`,
  ],
  'other-authority': [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    `${x509} certificate signed by unknown authority`,
  ],
  'self-signed': [
    'SELF_SIGNED_CERT_IN_CHAIN',
    `${x509} cannot validate certificate for 127\\.0\\.0\\.1 because it doesn't contain any IP SANs`,
  ],
  'self-signed-alone': [
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    `${x509} certificate signed by unknown authority`,
  ],
  expired: [
    'CERT_HAS_EXPIRED',
    `${x509} certificate has expired or is not yet valid: current time ${time} is after ${time}`,
  ],
  'not-yet-valid': [
    'CERT_NOT_YET_VALID',
    `${x509} certificate has expired or is not yet valid: current time ${time} is before ${time}`,
  ],
  'not-for-servers': ['INVALID_PURPOSE', `${x509} certificate specifies an incompatible key usage`],
  'not-tls': [
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'tls: first record does not look like a TLS handshake',
  ],
  'no-certificate': ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'remote error: tls: internal error'],
};

/** The API server's error for a Node object without a usable address. */
const nowhere: Partial<Record<Fault, readonly [status: number, message: string]>> = {
  unresolvable: [400, 'lookup node-1.invalid on 10.96.0.10:53: no such host'],
  'no-addresses': [500, 'no preferred addresses found; known addresses: []'],
  deleted: [404, 'nodes "node-1" not found'],
};

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
  for (const [fault, [direct, proxied]] of entries(unreachable)) {
    test(`fails with ${fault} like a real kubelet, directly and through the API server`, () =>
      inSandbox({ nodes: [fault], dialTimeoutMs: 500 }, async (sandbox) => {
        assert.is(await handshake(sandbox), direct);
        const { status, message } = await ask(sandbox, '/api/v1/nodes/node-1/proxy/healthz');
        assert.is(status, 503);
        assert.match(message, new RegExp(`^error trying to reach service: ${proxied}$`));
        const log = await ask(sandbox, '/api/v1/namespaces/default/pods/web/log');
        assert.is(log.status, 500);
        const url = 'Get "https://127\\.0\\.0\\.1:\\d+/containerLogs/default/web/web"';
        assert.match(log.message, new RegExp(`^${url}: ${proxied}$`));
      }));
  }

  for (const [fault, [status, message]] of entries(nowhere))
    test(`fails with ${fault} before the API server connects`, () =>
      inSandbox({ nodes: [fault] }, async (sandbox) => {
        const answer = await ask(sandbox, '/api/v1/nodes/node-1/proxy/healthz');
        assert.equal([answer.status, answer.message], [status, message]);
        assert.is((await nodes(sandbox)).length, 1);
        const log = await ask(sandbox, '/api/v1/namespaces/default/pods/web/log');
        assert.match(log.message, fault === 'deleted' ? 'pods "node-1" not found' : message);
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

  test('combines several faults of one node', () =>
    inSandbox(
      { nodes: [['anonymous', 'always-allow', 'not-ready', 'expired']] },
      async (sandbox) => {
        assert.is(await get(sandbox, '/logs/zeros?bytes=1'), '200 \0');
        assert.is(await handshake(sandbox), 'CERT_HAS_EXPIRED');
        const [node] = await nodes(sandbox);
        const ready = node?.status.conditions.find(({ type }) => type === 'Ready');
        assert.is(ready?.status, 'Unknown');
      },
    ));

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

  test('listens only on ::1 with ipv6-only', () =>
    inSandbox({ nodes: ['ipv6-only'] }, async (sandbox) => {
      assert.is(await handshake(sandbox), 'ok');
      assert.is((await nodes(sandbox))[0]?.status.addresses[0]?.address, '::1');
      const { text } = await askFor(sandbox, '/api/v1/nodes/node-1/proxy/healthz');
      assert.match(text, /^Forbidden \(user=Kubernetes,/);
    }));

  test('reports windows in the Node object', () =>
    inSandbox({ nodes: ['windows'] }, async (sandbox) => {
      assert.is((await nodes(sandbox))[0]?.status.nodeInfo['operatingSystem'], 'windows');
    }));

  test('accepts any certificate if the API server does not verify kubelets', () =>
    inSandbox({ nodes: ['self-signed'], verifyKubelets: false }, async (sandbox) => {
      const { text } = await askFor(sandbox, '/api/v1/nodes/node-1/proxy/healthz');
      assert.match(text, /^Forbidden \(user=Kubernetes,/);
    }));

  test('starts every fault', () =>
    inSandbox({ nodes: allFaults }, async (sandbox) => {
      assert.is(sandbox.kubelets.length, allFaults.length);
    }));
});

concurrentSuite('between the API server and its kubelets', (test) => {
  const proxied = '/api/v1/nodes/node-1/proxy/healthz';

  for (const [inBetween, status, title] of [
    ['html-403', 403, '403 Forbidden'],
    ['html-502', 502, '502 Bad Gateway'],
  ] as const)
    test(`answers with a page for ${inBetween}`, () =>
      inSandbox({ inBetween }, async (sandbox) => {
        const answer = await askFor(sandbox, proxied);
        assert.is(answer.status, status);
        assert.match(answer.text, `<center><h1>${title}</h1></center>\r\n<hr><center>nginx`);
        assert.is((await nodes(sandbox)).length, 2);
      }));

  test('denies connections to nodes by admission, but not logs', () =>
    inSandbox({ inBetween: 'admission' }, async (sandbox) => {
      const words = 'admission webhook "nodes.policy.example.com" denied the request: ';
      assert.match((await ask(sandbox, proxied)).message, words);
      const log = await ask(sandbox, '/api/v1/namespaces/default/pods/web/log');
      assert.match(log.message, /^Forbidden \(user=Kubernetes,/);
    }));

  test('denies with the reason of an authorizer', () =>
    inSandbox({ inBetween: 'authorizer' }, async (sandbox) => {
      assert.is(
        (await ask(sandbox, proxied)).message,
        'nodes "node-1" is forbidden: User "admin" cannot get resource "nodes/proxy" in API group "" at the cluster scope: policy "no-kubelets" denies it',
      );
    }));

  test('fails with a tunnel without agents', () =>
    inSandbox({ tunnelFailure: 'no-agent' }, async (sandbox) => {
      assert.is(
        (await ask(sandbox, proxied)).message,
        'error trying to reach service: No agent available',
      );
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

/** The result of a TLS handshake with node-1: Node's error code or ok. */
async function handshake(sandbox: Sandbox): Promise<string> {
  const { host = '', port = 0 } = sandbox.kubelets[0] ?? {};
  const tcp = connectTcp({ host, port });
  const connected = await new Promise<string>((resolve) => {
    tcp.once('connect', () => resolve('ok'));
    tcp.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    setTimeout(() => resolve('no answer'), 1500).unref();
  });
  if (connected !== 'ok') {
    tcp.destroy();
    return connected;
  }
  return new Promise((resolve) => {
    const socket = connectTls({ socket: tcp, host, ca: sandbox.authority.cert });
    const end = (how: string) => {
      socket.destroy();
      resolve(how);
    };
    socket.once('secureConnect', () => end('ok'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
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

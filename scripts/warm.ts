// Requests before there is a network: what they run is compiled when the executable is built, and its snapshot keeps that.
import { EventEmitter } from 'node:events';
import type { OnReadOpts } from 'node:net';
import { Writable } from 'node:stream';
import type { World } from '../src/context.ts';
import { run } from '../src/run.ts';

const kubeconfig = `
apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1", certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCi0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0=}}]
users: [{name: a, user: {client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t, client-key-data: YQ==}}]
contexts:
- name: a
  context:
    cluster: a
    user: a
current-context: a
`;

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a', labels: { 'kubernetes.io/os': 'linux' } },
  status: {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: 2 } },
    nodeInfo: { kubeletVersion: 'v1.37.0', operatingSystem: 'linux' },
  },
};

/** Answers each request as it is written. */
class Answering extends EventEmitter {
  readonly connecting = true;
  readonly writableLength = 0;
  destroyed = false;
  readonly #onread: OnReadOpts;

  constructor(onread: OnReadOpts) {
    super();
    this.#onread = onread;
    queueMicrotask(() => {
      this.emit('connect');
      this.emit('secureConnect');
    });
  }

  getPeerX509Certificate() {
    return { subject: 'O=system:nodes\nCN=system:node:a', subjectAltName: 'IP Address:127.0.0.1' };
  }

  write(request: string): boolean {
    const isNode = request.startsWith('GET /api/');
    const body = isNode ? JSON.stringify(node) : 'ok';
    const type = isNode ? 'application/json' : 'text/plain; charset=utf-8';
    const answer = Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    queueMicrotask(() => {
      const { buffer, callback } = this.#onread;
      const space = (typeof buffer === 'function' ? buffer() : buffer) as Buffer;
      answer.copy(space);
      callback(answer.length, space);
    });
    return true;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    queueMicrotask(() => this.emit('close', false));
  }

  pause(): void {}
  resume(): void {}
  ref(): void {}
  unref(): void {}
}

/** Of whatever text. */
class Certificate {
  readonly subject = 'CN=a';
}

const tls = {
  createSecureContext: () => ({}),
  setDefaultCACertificates: () => {},
  getCACertificates: () => [],
  connect: ({ onread }: { readonly onread: OnReadOpts }) => new Answering(onread),
};

/** Runs the hot paths once, without files, network or anything of this machine. */
export async function warm(): Promise<void> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const world: World = {
    // A folder that nobody can write.
    env: { KUBECONFIG: '/kubeconfig', XDG_CACHE_HOME: '/dev/null' },
    get stdin(): never {
      throw new Error('not read here');
    },
    stdout: nowhere,
    stderr: nowhere,
    colorDepth: 1,
    cwd: '/',
    signal: new AbortController().signal,
    pipes: new Map([['/kubeconfig', Buffer.from(kubeconfig)]]),
  };
  const { getBuiltinModule } = process;
  process.getBuiltinModule = ((name: string) =>
    name === 'node:tls' ? tls : getBuiltinModule(name)) as never;
  const crypto = getBuiltinModule('node:crypto');
  const { X509Certificate } = crypto;
  Object.assign(crypto, { X509Certificate: Certificate });
  try {
    const code = await run(['curl', '/healthz', '--node', 'a'], world);
    if (code !== 0) throw new Error(`the warm-up ended with ${code}`);
    await run(['version'], world);
    // Node remembers when the next timer ends, which is not the same twice, until one ends.
    await new Promise((resolve) => setTimeout(resolve, 1));
  } finally {
    process.getBuiltinModule = getBuiltinModule;
    Object.assign(crypto, { X509Certificate });
  }
}

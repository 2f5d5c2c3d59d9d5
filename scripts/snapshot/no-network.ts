// Replaces the network for commands that run while an executable is built.
import { EventEmitter } from 'node:events';
import type { OnReadOpts } from 'node:net';

/** Returns the response of a kubelet or the API server to a request, which is given as text. */
export type Answer = (request: string) => {
  /** The HTTP status; by default 200. */
  readonly status?: number;
  readonly body: string | object;
};

/** A connection that answers requests itself, without a network. */
class Answering extends EventEmitter {
  readonly connecting = true;
  readonly writableLength = 0;
  destroyed = false;
  readonly #onread: OnReadOpts;
  readonly #answer: Answer;
  #request = '';

  constructor(onread: OnReadOpts, answer: Answer) {
    super();
    this.#onread = onread;
    this.#answer = answer;
    queueMicrotask(() => {
      this.emit('connect');
      this.emit('secureConnect');
    });
  }

  getPeerX509Certificate() {
    return { subject: 'O=system:nodes\nCN=system:node:a', subjectAltName: 'IP Address:127.0.0.1' };
  }

  getProtocol(): string {
    return 'TLSv1.3';
  }

  write(chunk: string | Uint8Array): boolean {
    this.#request += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    const [head = '', content = ''] = this.#request.split('\r\n\r\n');
    const [, length = '0'] = /^content-length: (\d+)/im.exec(head) ?? [];
    if (Buffer.byteLength(content) < Number(length)) return true;
    const { status = 200, body } = this.#answer(this.#request);
    this.#request = '';
    const isText = typeof body === 'string';
    const text = isText ? body : JSON.stringify(body);
    const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
    const answer = Buffer.from(
      `HTTP/1.1 ${status} OK\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
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

/** Accepts any text as a certificate. */
class Certificate {
  readonly subject = 'CN=a';
}

/** Answers all TLS requests and replaces these `modules` of Node, until the returned function is called. */
export function replaceNetwork(
  answer: Answer,
  modules: Readonly<Record<string, unknown>> = {},
): () => void {
  const tls = {
    createSecureContext: () => ({}),
    setDefaultCACertificates: () => {},
    getCACertificates: () => [],
    connect: ({ onread }: { readonly onread: OnReadOpts }) => new Answering(onread, answer),
  };
  const other: Readonly<Record<string, unknown>> = { 'node:tls': tls, ...modules };
  const { getBuiltinModule } = process;
  process.getBuiltinModule = ((name: string) => other[name] ?? getBuiltinModule(name)) as never;
  const crypto = getBuiltinModule('node:crypto');
  const { X509Certificate } = crypto;
  Object.assign(crypto, { X509Certificate: Certificate });
  return () => {
    process.getBuiltinModule = getBuiltinModule;
    Object.assign(crypto, { X509Certificate });
  };
}

export const kubeconfig = `
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

export const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a', labels: { 'kubernetes.io/os': 'linux' } },
  status: {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: 2 } },
    nodeInfo: { kubeletVersion: 'v1.37.0', operatingSystem: 'linux' },
  },
};

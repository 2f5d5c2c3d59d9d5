import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Identity } from './authorizer.ts';
import { readProtobuf } from './protobuf.ts';

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(value)}\n`);
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  422: 'Invalid',
  503: 'ServiceUnavailable',
};

/** kube-apiserver sends a Status for every failure; a few have no reason. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  message: string,
  details: object = {},
  reason = reasons[code],
): void {
  const status = code < 400 ? 'Success' : 'Failure';
  sendJson(response, code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status,
    message,
    reason,
    details,
    code,
  });
}

export async function readBody(request: IncomingMessage): Promise<string> {
  return (await readBytes(request)).toString('utf8');
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Returns the object in a request as JSON, because kubectl sends some objects in protobuf. */
export async function readObject(request: IncomingMessage): Promise<string> {
  const body = await readBytes(request);
  return request.headers['content-type'] === 'application/vnd.kubernetes.protobuf'
    ? JSON.stringify(readProtobuf(body))
    : body.toString('utf8');
}

/**
 * Returns who sent a request: null for an invalid credential, and undefined without a credential. As in a kubelet, a valid certificate
 * takes precedence over a token.
 */
export function authenticate(
  request: IncomingMessage,
  tokens: ReadonlyMap<string, Identity>,
): Identity | null | undefined {
  const socket = request.socket as TLSSocket;
  const { subject } = certificateOf(socket);
  if (socket.authorized && subject) {
    const organizations = ([] as string[]).concat(subject.O ?? []);
    return { user: String(subject.CN), groups: [...organizations, 'system:authenticated'] };
  }
  const token = /^(?:Bearer|Basic) (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined) return tokens.get(token) ?? null;
  return subject ? null : undefined;
}

/** Cached, because reading a certificate costs more than a response. */
const certificates = new WeakMap<TLSSocket, Partial<PeerCertificate>>();

function certificateOf(socket: TLSSocket): Partial<PeerCertificate> {
  const certificate = certificates.get(socket) ?? socket.getPeerCertificate() ?? {};
  certificates.set(socket, certificate);
  return certificate;
}

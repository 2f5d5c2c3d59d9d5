import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { ServingCertificate } from '../../kubelet/certificate.ts';
import type { Answer } from './transport.ts';

/** The certificate of the server that gave an answer, verified with it. To be asked before the body is read. */
export function certificateOf({ body }: Answer): ServingCertificate | undefined {
  return described(body.socket as TLSSocket);
}

/**
 * The certificate of a server that was not trusted: by a handshake alone, in which nothing is verified, no credential is
 * shown and nothing is sent. `name` is the one to ask for. Undefined if there is none within `ms`.
 */
export function readCertificate(
  { host, port }: { readonly host: string; readonly port: number },
  name: string,
  ms: number,
  signal: AbortSignal,
): Promise<ServingCertificate | undefined> {
  return new Promise((resolve) => {
    const servername = isIP(name) ? '' : name;
    const socket = connect({ host, port, servername, rejectUnauthorized: false });
    const end = (found?: ServingCertificate) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.destroy();
      resolve(found);
    };
    const abort = () => end();
    const timer = setTimeout(abort, Math.max(0, ms));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) return end();
    socket.once('secureConnect', () => end(described(socket)));
    socket.once('error', abort);
    socket.once('close', abort);
  });
}

function described(socket: TLSSocket): ServingCertificate | undefined {
  // A plain socket has no such method.
  const certificate = socket.getPeerX509Certificate?.();
  if (!certificate) return undefined;
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: certificate.subjectAltName?.split(', ') ?? [],
    notBefore: isoTime(certificate.validFrom),
    notAfter: isoTime(certificate.validTo),
    fingerprint: certificate.fingerprint256,
    protocol: socket.getProtocol() ?? '',
  };
}

/** OpenSSL's attributes stand on lines of their own, the widest first. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').filter(Boolean).reverse().join(',');
}

function isoTime(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString().replace('.000Z', 'Z');
}

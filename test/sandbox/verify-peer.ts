import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';

/** Returns the error of a TLS client in Go. It checks validity, name, issuer and usage in this order. */
export function certificateError(
  socket: TLSSocket,
  host: string,
  now = new Date(),
): string | undefined {
  const certificate = socket.getPeerCertificate();
  const error =
    timeError(certificate, now) ??
    nameError(certificate, host) ??
    trustError(socket.authorizationError);
  return error && `tls: failed to verify certificate: x509: ${error}`;
}

function timeError(certificate: PeerCertificate, now: Date): string | undefined {
  const [from, to] = [new Date(certificate.valid_from), new Date(certificate.valid_to)];
  const relation =
    now < from ? `before ${goTime(from)}` : now > to ? `after ${goTime(to)}` : undefined;
  return (
    relation &&
    `certificate has expired or is not yet valid: current time ${goTime(now)} is ${relation}`
  );
}

function goTime(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '');
}

function nameError(certificate: PeerCertificate, host: string): string | undefined {
  if (!checkServerIdentity(host, certificate)) return undefined;
  const wanted = isIP(host) === 0 ? 'DNS:' : 'IP Address:';
  const names = (certificate.subjectaltname ?? '')
    .split(', ')
    .filter((name) => name.startsWith(wanted))
    .map((name) => name.slice(wanted.length));
  if (names.length > 0) return `certificate is valid for ${names.join(', ')}, not ${host}`;
  return isIP(host) === 0
    ? `certificate is not valid for any names, but wanted to match ${host}`
    : `cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
}

function trustError(error: Error | string | undefined): string | undefined {
  switch (String(error ?? '')) {
    case '':
    // Ignores these errors of Node, because timeError and nameError check the same by the rules of Go.
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return undefined;
    case 'INVALID_PURPOSE':
      return 'certificate specifies an incompatible key usage';
    default:
      return 'certificate signed by unknown authority';
  }
}

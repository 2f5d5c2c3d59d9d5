import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';

/**
 * What Go's TLS client says about a server's certificate, or nothing if it is good: first of its time, then of its name, then
 * of its issuer, then of its use.
 */
export function complaintAbout(
  socket: TLSSocket,
  host: string,
  now = new Date(),
): string | undefined {
  const certificate = socket.getPeerCertificate();
  const complaint =
    ofTime(certificate, now) ?? ofName(certificate, host) ?? ofTrust(socket.authorizationError);
  return complaint && `tls: failed to verify certificate: x509: ${complaint}`;
}

function ofTime(certificate: PeerCertificate, now: Date): string | undefined {
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

function ofName(certificate: PeerCertificate, host: string): string | undefined {
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

function ofTrust(error: Error | string | undefined): string | undefined {
  switch (String(error ?? '')) {
    case '':
    // Of time and name it has been said what Go says.
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

import type { OutgoingHttpHeaders } from 'node:http';
import { UsageFailure } from '../../errors.ts';
import { headerValue } from './credentials.ts';
import type { Impersonation } from './entries.ts';

/** Returns the impersonation headers. Source: client-go transport/round_trippers.go. */
export function impersonationHeaders(impersonate: Impersonation | undefined): OutgoingHttpHeaders {
  if (!impersonate) return {};
  const { user, groups, uid, extra } = impersonate;
  const headers: OutgoingHttpHeaders = { 'impersonate-user': value(user) };
  if (uid !== '') headers['impersonate-uid'] = value(uid);
  if (groups.length > 0) headers['impersonate-group'] = groups.map(value);
  // Header names are case-insensitive: keys that differ only in case are one header.
  for (const [key, values] of Object.entries(extra)) {
    const name = `impersonate-extra-${headerName(key)}`.toLowerCase();
    headers[name] = [...[headers[name] ?? []].flat().map(String), ...values.map(value)];
  }
  return headers;
}

function value(text: string): string {
  const result = headerValue(text);
  if (result === undefined)
    throw new UsageFailure(
      'invalid impersonation value: contains characters not allowed in an HTTP header',
    );
  return result;
}

/** Percent-encodes the bytes that are not allowed in a header name. */
function headerName(key: string): string {
  return [...Buffer.from(key, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (/[A-Za-z0-9!#$&'*+.^_`|~-]/.test(character)) return character;
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

import type { NameComparison } from '../../kubelet/certificate.ts';
import { parseIp } from './ip.ts';

/**
 * Whether a certificate's alternative names, as Node prints them, match a name or an address by Go's rules. Node's rules
 * differ: they fall back to the common name, allow an asterisk as part of a label, and reject `*.internal`.
 * Source: go/src/crypto/x509/verify.go.
 */
export function coversName(subjectAltName: string, name: string): boolean {
  const ip = parseIp(name);
  return alternativeNames(subjectAltName).some(([kind, value]) => {
    if (ip !== undefined) return kind === 'IP Address' && parseIp(value) === ip;
    return kind === 'DNS' && matches(lower(value), lower(name));
  });
}

export function compareNames(subjectAltName: string, names: readonly string[]): NameComparison {
  const [covered = [], missing = []] = [true, false].map((wanted) =>
    names.filter((name) => coversName(subjectAltName, name) === wanted),
  );
  const others = alternativeNames(subjectAltName)
    .filter(([kind, value]) => !names.some((name) => coversName(`${kind}:${value}`, name)))
    .map(([kind, value]) => {
      if (kind === 'IP Address') return parseIp(value) ?? value;
      return kind === 'DNS' ? value : `${kind}:${value}`;
    });
  return { covered, missing, others };
}

/** Converts only ASCII letters, because toLowerCase would also convert the Kelvin sign to a k. */
function lower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Splits a list of alternative names. Node.js quotes a value that could be read as several names. Such a value matches no name. */
function alternativeNames(text: string): [kind: string, value: string][] {
  return [...text.matchAll(/(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(
    ([, kind = '', value = '']) => [kind, value],
  );
}

function matches(pattern: string, name: string): boolean {
  if (pattern === name) return name !== '' && name !== '.';
  const host = name.replace(/\.$/, '');
  if (!isHostName(host) || !isHostName(pattern.replace(/^\*\./, ''))) return false;
  if (!pattern.startsWith('*.')) return pattern === host;
  // The asterisk matches exactly the first label.
  return host.includes('.') && host.slice(host.indexOf('.')) === pattern.slice(1);
}

function isHostName(text: string): boolean {
  return text.split('.').every((label) => /^[a-z0-9_][a-z0-9_-]*$/.test(label));
}

/**
 * Returns the last common name of a subject, as Go does; undefined if it has none. OpenSSL prints one attribute per line, or several with
 * ` + ` between them, and escapes both in values.
 */
export function lastCommonName(subject: string): string | undefined {
  const last = subject.split(/\n| \+ /).findLast((attribute) => attribute.startsWith('CN='));
  return last?.slice('CN='.length);
}

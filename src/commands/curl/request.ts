import { UsageFailure } from '../../errors.ts';

/** What can stand in a request line: a slash first, no fragment; what is percent-encoded already stays as it is. */
export function requestPath(text: string): string {
  if (/^[a-z]+:\/\//i.test(text))
    throw new UsageFailure('the path of a request is wanted, not a URL', {
      hints: ['curl /healthz --node NAME, or --address HOST'],
    });
  const path = (text.startsWith('/') ? text : `/${text}`).replace(/#.*$/s, '');
  return path.replaceAll(/[^\x21-\x7e]+/g, (run) => encodeURIComponent(run.toWellFormed()));
}

/** A method as RFC 9110 allows one, in upper case as Node sends it; CONNECT would make a tunnel of the connection. */
export function requestMethod(text: string): string {
  const method = text.toUpperCase();
  if (!/^[!#$%&'*+.^_`|~0-9A-Z-]+$/.test(method) || method === 'CONNECT')
    throw new UsageFailure(`"${text}" is not a method that can be sent`);
  return method;
}

/** `Name: value` lines, names in lower case; a name may come several times. */
export function requestHeaders(lines: readonly string[]): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, value] of lines.map(requestHeader))
    headers.set(name, [...(headers.get(name) ?? []), value]);
  const [host, ...more] = headers.get('host') ?? [];
  if (more.length > 0) throw new UsageFailure('a request has one Host header');
  return { ...Object.fromEntries(headers), ...(host !== undefined && { host }) };
}

function requestHeader(line: string): readonly [string, string] {
  const [, name, value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*?)\s*$/.exec(line) ?? [];
  if (name === undefined || /[^\t\x20-\x7e\x80-\xff]/.test(value))
    throw new UsageFailure('a header must be "Name: value"', {
      hints: ['-H "Accept: text/plain"'],
    });
  if (/^(?:trailer|transfer-encoding|upgrade|connection|te)$/i.test(name))
    throw new UsageFailure(
      `the header ${name} belongs to the connection, and is not yours to send`,
    );
  return [name.toLowerCase(), value];
}

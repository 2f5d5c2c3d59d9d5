import { globSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type KubeletConfiguration, usualConfiguration } from './configz.ts';
import { answerLog } from './container-log.ts';
import type { Fault } from './faults.ts';
import type { KubeletAnswer } from './kubelet-answer.ts';
import { serveLogs } from './log-query.ts';
import type { ContainerPlace, NodeContents } from './node-contents.ts';
import type { NodeLogs } from './node-logs.ts';
import { refuseStream } from './stream-refusal.ts';
import { notFound, type Ran } from './streams.ts';
import { healthChecks, zPage } from './z-pages.ts';

export interface KubeletRequest {
  readonly method: string;
  readonly pathname: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly node: string;
  readonly minor: number;
  readonly faults: ReadonlySet<Fault>;
  /** Result of the command of `/run`; undefined if no container runs the command. */
  readonly ran: Ran | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly logs: NodeLogs;
  readonly contents: NodeContents;
}

const text = 'text/plain; charset=utf-8';
const json = 'application/json';

/** Answers a request that was authorized. */
export function kubeletBody(request: KubeletRequest): KubeletAnswer {
  const { method, pathname, query, body, node, minor, faults, headers, logs, contents } = request;
  const ok = (contentType: string, content: string | Buffer): KubeletAnswer => ({
    status: 200,
    headers: { 'content-type': contentType },
    body: content,
  });
  const fail = (
    status: number,
    words: string,
    headers: Record<string, string> = {},
  ): KubeletAnswer => ({ status, headers: { 'content-type': text, ...headers }, body: words });
  const getOnly = (answer: () => KubeletAnswer) =>
    method === 'GET' ? answer() : fail(405, '405: Method Not Allowed', { allow: 'GET' });
  const segments = pathname.split('/').filter(Boolean);
  const place = placeOf(segments);
  const containers = contents.containersOf(place.namespace, place.pod);

  if (pathname === '/healthz' && query.has('verbose')) return ok(text, healthChecks(minor));
  if (pathname.startsWith('/healthz')) return ok(text, 'ok');
  if (pathname.startsWith('/metrics'))
    return ok('text/plain; version=0.0.4; charset=utf-8', contents.metrics(pathname));
  if (pathname === '/configz') return ok(json, configz(contents, minor, faults));
  const podList = (items: readonly unknown[]) =>
    ok(json, JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items }));
  if (pathname === '/pods' || pathname === '/pods/') return getOnly(() => podList(contents.pods()));
  if (pathname === '/runningpods/') return getOnly(() => podList(contents.runtimePods()));
  if (pathname === '/stats/summary') return ok(json, contents.summary());
  if (pathname === '/statusz' || pathname === '/flagz') {
    const kind = pathname === '/statusz' ? 'Statusz' : 'Flagz';
    const { version, value, words } = zPage(kind, node, minor);
    const accepted = (headers['accept'] ?? '*/*').split(',').map((each) => each.trim());
    const structured = `application/json;as=${kind};v=${version};g=config.k8s.io`;
    if (accepted.includes(structured))
      return ok(`application/json;g=config.k8s.io;v=${version};as=${kind}`, JSON.stringify(value));
    if (accepted.some((each) => /^(?:\*\/\*|text\/(?:plain|\*))(?:;|$)/.test(each)))
      return ok(text, words);
    const message =
      'only the following media types are accepted: application/json, application/yaml, text/plain';
    return {
      status: 406,
      headers: { 'content-type': json },
      body: JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message }),
    };
  }
  if (pathname === '/debug/flags/v') {
    if (method !== 'PUT') return fail(406, 'unsupported http method\n');
    return /^\d+$/.test(body)
      ? ok(text, `successfully set klog.logging.verbosity to ${body}\n`)
      : fail(400, `strconv.ParseUint: parsing "${body}": invalid syntax\n`);
  }
  if (pathname === '/debug/pprof/cmdline')
    return getOnly(() =>
      ok(text, `kubelet\0--config=/etc/kubelet.yaml\0--hostname-override=${node}`),
    );
  const [, profile] = /^\/debug\/pprof\/(heap|goroutine|profile|trace)$/.exec(pathname) ?? [];
  if (profile !== undefined)
    return getOnly(() =>
      Number(query.get('debug')) > 0
        ? ok(text, `${profile} profile: 1: 16 [2: 32] @ heap/1048576\n`)
        : {
            status: 200,
            headers: {
              'content-type': 'application/octet-stream',
              'content-disposition': `attachment; filename="${profile}"`,
            },
            body: profile === 'trace' ? Buffer.from('go 1.26 trace\0\0\0') : gzipSync(node),
          },
    );
  if (pathname.startsWith('/debug/pprof/')) return fail(404, 'Unknown profile\n');
  if (pathname === '/logs/zeros')
    return {
      status: 200,
      headers: { 'content-type': 'application/octet-stream' },
      stream: zeros(Number(query.get('bytes'))),
    };
  if (pathname.startsWith('/logs/')) {
    const path = pathname.slice('/logs/'.length);
    return getOnly(() => serveLogs(logs, { path, query, headers, minor }));
  }
  if (segments[0] === 'checkpoint') {
    if (method !== 'POST') return fail(405, '405: Method Not Allowed', { allow: 'POST' });
    const { namespace, pod, container } = place;
    if (!containers) return fail(404, 'pod does not exist');
    if (faults.has('windows'))
      return fail(
        500,
        `checkpointing of ${namespace}/${pod}/${container} failed (rpc error: code = Unimplemented desc = method CheckpointContainer not implemented)`,
      );
    return ok(
      json,
      JSON.stringify({
        items: [`/var/lib/kubelet/checkpoints/checkpoint-${pod}_${namespace}-${container}.tar`],
      }),
    );
  }
  if (segments[0] === 'run' && segments.length > 3) {
    if (method !== 'POST') return fail(405, '405: Method Not Allowed', { allow: 'POST' });
    if (!containers) return fail(404, 'pod does not exist');
    if (!containers.includes(place.container))
      return fail(500, `container not found ("${place.container}")`);
    const command = query.get('cmd') ?? '';
    const [name, ...words] = command.split(' ');
    if (request.ran) {
      const { code, stdout, stderr } = request.ran;
      if (code === 0) return ok(json, stdout + stderr);
      if (code === undefined)
        return fail(500, (notFound(name ?? '') as { message: string }).message);
      return fail(500, `command '${command}' exited with ${code}: ${stderr}`);
    }
    if (name === 'echo') return ok(json, `${words.join(' ')}\n`);
    if (name === 'date') return ok(json, 'Thu Jan  1 00:00:00 UTC 2026\n');
    if (name === 'bytes') return ok(json, Buffer.from([0, 255, 254, 128, 10, 27]));
    if (name === 'sleep') return { status: 200, headers: {}, stream: new Readable({ read() {} }) };
    if (name === 'warn')
      return fail(500, `command '${command}' exited with 3: ${words.join(' ')}\n`);
    if (name === 'cat') return ok(json, '127.0.0.1 localhost\n');
    return fail(500, `command '${command}' exited with 1: `);
  }
  if (segments[0] === 'containerLogs') {
    const { pod, container } = place;
    if (!containers) return fail(404, `pod "${pod}" does not exist`);
    if (!containers.includes(container))
      return fail(404, `container "${container}" not found in pod "${pod}"`);
    return getOnly(() =>
      answerLog((previous) => contents.log(place, previous), { pod, container, query }),
    );
  }
  if ((segments[0] === 'exec' || segments[0] === 'attach') && segments.length === 4) {
    const node = { containers, isReachable: !faults.has('no-streaming-server') };
    const refused = refuseStream({ method, segments, query, headers }, node);
    if (refused) return refused;
  }
  const recorded = recordedBody(pathname);
  return recorded === undefined ? fail(404, '404: Page Not Found') : ok(json, recorded);
}

/** Returns namespace, pod and container from the second to fourth segment of a path. */
function placeOf(segments: readonly string[]): ContainerPlace {
  const [, namespace = '', pod = '', container = ''] = segments;
  return { namespace, pod, container };
}

function configz(contents: NodeContents, minor: number, faults: ReadonlySet<Fault>): string {
  const set: KubeletConfiguration = { ...usualConfiguration(minor), ...contents.configuration };
  const part = (name: string) => set[name] as object;
  const kubeletconfig = {
    ...set,
    ...(faults.has('anonymous') && {
      authentication: { ...part('authentication'), anonymous: { enabled: true } },
    }),
    ...(faults.has('always-allow') && {
      authorization: { ...part('authorization'), mode: 'AlwaysAllow' },
    }),
    ...(faults.has('handlers-off') && { enableDebuggingHandlers: false }),
    ...(faults.has('no-finer-permissions') && { featureGates: { KubeletFineGrainedAuthz: false } }),
  };
  return JSON.stringify({ kubeletconfig });
}

/** Returns the newest recorded body of a path that the sandbox has no contents for. */
function recordedBody(pathname: string): string | undefined {
  const folder = new URL('../kubelet/bodies/recorded/', import.meta.url);
  const file = globSync(`${pathname.slice(1)}-*.json`, { cwd: fileURLToPath(folder) })
    .sort()
    .at(-1);
  return file === undefined ? undefined : readFileSync(new URL(file, folder), 'utf8');
}

function zeros(bytes: number): Readable {
  const chunk = Buffer.alloc(64 * 1024);
  let left = bytes;
  return new Readable({
    read() {
      const size = Math.min(left, chunk.length);
      left -= size;
      this.push(size === 0 ? null : chunk.subarray(0, size));
    },
  });
}

import type { GivenOption } from '../../cli/argv.ts';
import { type KubeletInvocation, kubeletFlagsOf } from '../../cli/kubelets.ts';
import { formatError, notTogether, type Outcomes } from '../../errors.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import type { CredentialSources, Source } from '../../kube/config/credential-sources.ts';
import type { Credential } from '../../kube/config/credentials.ts';
import { impersonationHeaders } from '../../kube/config/impersonation.ts';
import type { Environment } from '../../kube/environment.ts';
import { isRegularFile } from '../../kube/files/read-file.ts';
import { addressOfNode, secretHeader } from '../../kube/kubelet-client/client.ts';
import { headerUnverified, type KubeletAccess } from '../../kube/kubelet-client/kubelet-access.ts';
import { KubeletFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { type ServerAddress, secureAddress } from '../../kube/transport/server-address.ts';
import { type OpenFleet, withFleet } from '../shared/fleet/open-fleet.ts';
import { kubeletSources, type PrintedLine, renderCurl, sourcesOfCredential } from './print-curl.ts';
import type { CurlSettings } from './request.ts';

/** Prints one line for each kubelet: the curl command that sends the request. Nothing is sent. */
export async function printCommands(
  settings: CurlSettings,
  invocation: KubeletInvocation,
): Promise<Outcomes> {
  rejectUnprintable(invocation.given);
  const { chosen } = settings;
  return withFleet(invocation, { chosen, request: settings, cache: 'never' }, (fleet) =>
    printFound(settings, fleet, invocation),
  );
}

async function printFound(
  settings: CurlSettings,
  { found: { targets }, door, connection }: OpenFleet,
  invocation: KubeletInvocation,
): Promise<Outcomes> {
  // If the request would go through the API server, the printed command also calls the API server.
  const kubelets = door.way === 'apiserver' ? undefined : door.direct;
  const { stdout, stderr } = invocation.context;
  const { path, chosen } = settings;
  const printLine = await openPrinter(settings, connection, kubelets, invocation);
  const notes = new Set<string>();
  let failed = 0;
  for (const { name, node = { metadata: { name } }, address } of targets)
    try {
      const found = kubelets && (address ?? addressOfNode(node, chosen.types, chosen.port));
      const printed = found
        ? printLine(secureAddress(found), path)
        : printLine(connection.address, `/api/v1/nodes/${name}/proxy${path}`);
      stdout.write(`${printed.line}\n`);
      for (const note of printed.notes) notes.add(note);
    } catch (error) {
      if (!(error instanceof KubeletFailure) || targets.length === 1) throw error;
      stderr.write(formatError(error, false).text);
      failed += 1;
    }
  for (const note of notes) stderr.write(`note: ${note}\n`);
  return { all: targets.length, failed };
}

function optionsOf(settings: CurlSettings): readonly string[] {
  const { showHeaders, method, timeoutMs, isTimeoutGiven } = settings;
  return [
    ...(showHeaders && method !== 'HEAD' ? ['--include'] : []),
    ...(isTimeoutGiven ? ['--max-time', String(timeoutMs / 1000)] : []),
  ];
}

const responseAlone = 'the printed command prints the response alone';

const unprintable: Readonly<Record<string, readonly [why: string, hint?: string]>> = {
  '--kubelet-fingerprint': ['curl does not compare fingerprints of certificates'],
  '--parallel': ['each command sends one request by itself'],
  '--output': [responseAlone],
  '--output-dir': [responseAlone],
  '--timing': [responseAlone, "append to the printed command: -w '%{time_total}'"],
  '--as-serviceaccount': [
    'the printed command needs a token that lasts',
    'kubectl create token NAME -n NAMESPACE > FILE, and --kubelet-token-file FILE',
  ],
};

function rejectUnprintable(given: readonly GivenOption[]): void {
  for (const { option, value } of given) {
    // `--output raw` is allowed: the printed command also prints the unchanged body.
    if (option.name === '--output' && value === 'raw') continue;
    const [why, hint] = unprintable[option.name] ?? [];
    if (why !== undefined)
      throw notTogether(option.name, '--print-curl', {
        why,
        hints: hint === undefined ? [] : [hint],
      });
  }
}

/** Returns a function that prints the command for a server and a path. @param kubelets undefined to call the API server */
async function openPrinter(
  settings: CurlSettings,
  connection: ApiConnection,
  kubelets: KubeletAccess | undefined,
  invocation: KubeletInvocation,
): Promise<(server: ServerAddress, path: string) => PrintedLine> {
  const { env, cwd, signal } = invocation.context;
  const { kubeconfig } = invocation.globals;
  const { method, headers, data, retries } = settings;
  const secret = kubelets?.trust.verify === false ? secretHeader(settings) : undefined;
  if (secret !== undefined) throw headerUnverified(secret);
  const credential: Pick<Credential, 'authorization' | 'clientCertificate'> = kubelets
    ? await kubelets.identity()
    : await connection.credentials.current(signal);
  const sources = kubelets
    ? kubeletSources(connection.sources, kubeletFlagsOf(invocation))
    : connection.sources;
  const call = {
    ...{ method, data, retries, options: optionsOf(settings) },
    headers: kubelets ? headers : { ...impersonationHeaders(connection.impersonate), ...headers },
    trust: kubelets?.trust ?? connection.tls,
    sources: lastingSources(sourcesOfCredential(sources, credential), kubeconfig, cwd),
    proxySharesTls: !kubelets,
  };
  const kubectl = ['kubectl', ...(kubeconfig === '' ? [] : ['--kubeconfig', kubeconfig])];
  return (server, path) => {
    const own = kubelets ? kubelets.routeTo(server)?.proxy : connection.proxy;
    const proxy = own ?? (namesProxy(env) ? 'none' : undefined);
    return renderCurl({ ...call, server, path, proxy }, kubectl);
  };
}

/** Whether the environment names a proxy, which curl would use by default. */
function namesProxy(env: Environment): boolean {
  return Object.keys(env).some((name) => /^(?:https?|all)_proxy$/i.test(name) && env[name]);
}

/** Replaces each source that is a pipe. This program has read the pipe, so the printed command cannot read it again. */
function lastingSources(
  sources: CredentialSources,
  kubeconfig: string,
  cwd: string,
): CredentialSources {
  const lasting = (source: Source | undefined): Source | undefined => {
    const path =
      source?.from === 'file' ? source.path : source?.from === 'kubeconfig' ? kubeconfig : '';
    if (path === '' || isRegularFile(path, cwd)) return source;
    return { from: 'elsewhere', title: `what the pipe ${path} held` };
  };
  return {
    ca: lasting(sources.ca),
    certificate: lasting(sources.certificate),
    key: lasting(sources.key),
    authorization: lasting(sources.authorization),
  };
}

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
import {
  headerUnverified,
  type KubeletAccess,
  type KubeletFlags,
} from '../../kube/kubelet-client/kubelet-access.ts';
import { KubeletFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import type { ProxyServer } from '../../kube/transport/proxy.ts';
import { type ServerAddress, secureAddress } from '../../kube/transport/server-address.ts';
import type { KubeletTarget } from '../shared/door/find-targets.ts';
import { type OpenFleet, withFleet } from '../shared/fleet/open-fleet.ts';
import {
  kubeletSources,
  type PrintedCall,
  type PrintedLine,
  renderCurl,
  sourcesOfCredential,
} from './print-curl.ts';
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
  const { context, globals } = invocation;
  // If the request would go through the API server, the printed command also calls the API server.
  const kubelets = door.way === 'apiserver' ? undefined : door.direct;
  const { stdout, stderr, cwd, env, signal } = context;
  const { method, headers, retries, chosen } = settings;
  const printing = {
    ...{ connection, cwd, env, signal, method, headers, retries },
    flags: kubeletFlagsOf(invocation),
    kubeconfig: globals.kubeconfig,
    data: settings.data,
    options: optionsOf(settings),
  };
  const hop = kubelets ? await hopToKubelets(printing, kubelets) : await hopToApiServer(printing);
  const printLine = printer(printing, hop);
  const destinationOf = ({ name, node = { metadata: { name } }, address }: KubeletTarget) => {
    if (!kubelets)
      return { address: connection.address, path: `/api/v1/nodes/${name}/proxy${settings.path}` };
    const found = address ?? addressOfNode(node, chosen.types, chosen.port);
    return { address: secureAddress(found), path: settings.path };
  };
  const notes = new Set<string>();
  let failed = 0;
  for (const target of targets)
    try {
      const printed = printLine(destinationOf(target));
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

interface CurlPrinting
  extends Pick<PrintedCall, 'method' | 'headers' | 'data' | 'options' | 'retries'> {
  readonly connection: ApiConnection;
  readonly flags: KubeletFlags;
  readonly kubeconfig: string;
  readonly cwd: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

async function hopToKubelets(printing: CurlPrinting, access: KubeletAccess): Promise<CurlCall> {
  const secret = access.trust.verify ? undefined : secretHeader(printing);
  if (secret !== undefined) throw headerUnverified(secret);
  return {
    trust: access.trust,
    credential: await access.identity(),
    sources: kubeletSources(printing.connection.sources, printing.flags),
    proxyTo: (address) => access.routeTo(address)?.proxy,
    proxySharesTls: false,
    headers: {},
  };
}

async function hopToApiServer({ connection, signal }: CurlPrinting): Promise<CurlCall> {
  return {
    trust: connection.tls,
    credential: await connection.credentials.current(signal),
    sources: connection.sources,
    proxyTo: () => connection.proxy,
    proxySharesTls: true,
    headers: impersonationHeaders(connection.impersonate),
  };
}

interface CurlCall extends Pick<PrintedCall, 'sources' | 'proxySharesTls' | 'headers'> {
  readonly trust: KubeletAccess['trust'];
  readonly credential: Pick<Credential, 'authorization' | 'clientCertificate'>;
  readonly proxyTo: (address: ServerAddress) => ProxyServer | undefined;
}

function printer(
  printing: CurlPrinting,
  hop: CurlCall,
): (to: { readonly address: ServerAddress; readonly path: string }) => PrintedLine {
  const { env, kubeconfig, connection: _, ...request } = printing;
  const { trust, credential, proxySharesTls } = hop;
  const headers = { ...hop.headers, ...request.headers };
  const sources = lastingSources(sourcesOfCredential(hop.sources, credential), printing);
  const kubectl = ['kubectl', ...(kubeconfig === '' ? [] : ['--kubeconfig', kubeconfig])];
  return ({ address: server, path }) => {
    const proxy = hop.proxyTo(server) ?? (namesProxy(env) ? 'none' : undefined);
    return renderCurl(
      { ...request, sources, headers, server, path, trust, proxySharesTls, proxy },
      kubectl,
    );
  };
}

/** Whether the environment names a proxy, which curl would use by default. */
function namesProxy(env: Environment): boolean {
  return Object.keys(env).some((name) => /^(?:https?|all)_proxy$/i.test(name) && env[name]);
}

/** Replaces each source that is a pipe. This program has read the pipe, so the printed command cannot read it again. */
function lastingSources(
  sources: CredentialSources,
  { kubeconfig, cwd }: Pick<CurlPrinting, 'kubeconfig' | 'cwd'>,
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

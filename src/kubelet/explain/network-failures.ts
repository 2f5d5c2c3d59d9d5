import { type Cause, certificateCauses } from '../cause.ts';
import { causesIn } from '../error-texts.ts';
import type { Explained, ExplainedHop, Finding, Who } from './explanation.ts';
import { place, type Scene } from './locate.ts';

const status = 'kubectl kubeletaccess status';

// Without a word of where it happened: only what is nothing but such an error.
const bare =
  /^(?:error: |Error: |err(?:or)?=")?(?:x509: |tls: |remote error: tls: |dial tcp|connect: |read tcp|lookup \S+ on |net\/http: TLS|Client sent an HTTP request|curl: \((?:6|7|28|35|52|56|60)\) )/;

/** The failures below HTTP that a message tells, one for each cause. */
export function failures(text: string, scene: Scene): readonly Finding[] {
  const hop =
    scene.hop ?? (bare.test(text) && scene.target.is !== 'other' ? 'not told' : undefined);
  if (hop === undefined || (/TLS handshake error from/.test(text) && !isServersLog(text, scene)))
    return [];
  // Only of a kubelet is it known what alert 80 means.
  const kubelet = hop.endsWith('kubelet') || hop === 'not told';
  return causesIn(text).map(({ cause: told, index, evidence }) => {
    const cause = told === 'no serving certificate yet' && !kubelet ? 'handshake failed' : told;
    return {
      ...explainFailure(cause, hop, scene, text),
      ...place(scene),
      evidence: evidenceAround(text, index, evidence),
    };
  });
}

/** A server tells of its clients' handshakes by such a line; ends without a word are of port scanners and balancers. */
function isServersLog(text: string, { speaker }: Scene): boolean {
  return (
    (speaker === 'kubelet' || speaker === 'kube-apiserver') &&
    /TLS handshake error from \S+: (?:remote error|no serving certificate)/.test(text)
  );
}

/** The end of the message from the request on, if that is near. */
function evidenceAround(text: string, index: number, words: string): string {
  const before = text.slice(Math.max(0, index - 160), index);
  const start = Math.max(
    before.lastIndexOf('Get "'),
    before.lastIndexOf('dial tcp'),
    before.lastIndexOf('error dialing backend'),
    before.lastIndexOf('error trying to reach service'),
    before.lastIndexOf('Unable to connect'),
    before.lastIndexOf('x509: '),
    before.lastIndexOf('lookup '),
    before.lastIndexOf('curl: ('),
  );
  return (start < 0 ? '' : before.slice(start)) + words;
}

/** Why it failed, and what to run, where the cause was not read from a text. `words` are what shows it. */
export function describeFailure(
  cause: Cause,
  hop: ExplainedHop,
  address: string | undefined,
  words: string,
): Pick<Finding, 'why' | 'commands'> {
  const target = { is: 'kubelet', address, path: undefined } as const;
  return explainFailure(cause, hop, { hop, speaker: 'other', target, node: undefined }, words);
}

interface Ends {
  readonly from: string;
  readonly to: string;
}

const ends: Readonly<Record<ExplainedHop, Ends>> = {
  'caller -> API server': { from: 'the caller', to: 'the API server' },
  'API server -> kubelet': { from: 'kube-apiserver', to: 'the kubelet' },
  'caller -> kubelet': { from: 'the caller', to: 'the kubelet' },
  'caller or API server -> kubelet': {
    from: 'whoever asked (you or kube-apiserver)',
    to: 'the kubelet',
  },
  'kubelet -> API server': { from: 'the kubelet', to: 'the API server' },
  'API server -> konnectivity': { from: 'kube-apiserver', to: 'konnectivity' },
  'API server -> webhook': { from: 'kube-apiserver', to: 'the webhook' },
  'API server -> aggregated API': {
    from: 'kube-apiserver',
    to: 'the server behind an APIService (such as metrics-server)',
  },
  'not told': {
    from: 'the client',
    to: 'the server that it called (the text does not name it)',
  },
};

function explainFailure(cause: Cause, hop: ExplainedHop, scene: Scene, text: string): Explained {
  const noServer =
    hop === 'caller -> API server' &&
    /^(?:localhost|127\.0\.0\.1):8080$/.test(scene.target.address ?? '');
  if (noServer)
    return {
      who: 'client',
      hop,
      cause,
      why: 'kubectl has no kubeconfig, and asked the address that it falls back to, where nothing listens: no server refused anything',
      commands: ['kubectl config current-context', 'echo "$KUBECONFIG"'],
    };
  const who: Who = byWho(cause, scene, text);
  return {
    who,
    hop,
    cause,
    why: whyFailed(cause, hop, scene, text),
    commands: commandsFor(cause, hop, scene, text),
  };
}

const tlsCauses: readonly Cause[] = [
  'not TLS',
  'handshake failed',
  'no serving certificate yet',
  ...certificateCauses,
];

function byWho(cause: Cause, { hop }: Scene, text: string): Who {
  if (cause === 'proxy failed' || hop === 'API server -> webhook') return 'something in between';
  if (cause === 'not HTTP') return isSpokenPlain(text) ? 'client' : 'network';
  if (cause === 'no serving certificate yet' && /for the kubelet/.test(text)) return 'kubelet';
  return tlsCauses.includes(cause) ? 'TLS' : 'network';
}

/** The record of TLS that answers plain HTTP begins with 0x15; or the server says it itself. */
function isSpokenPlain(text: string): boolean {
  return /malformed HTTP response "\\*x15|sent an HTTP request to an HTTPS server/.test(text);
}

/** A deadline may end at any stage; only of a body that has begun is it told. */
function isStageTold(text: string): boolean {
  return !/context deadline exceeded(?! \(Client\.Timeout or context cancellation while reading body)/.test(
    text,
  );
}

/** Whether a proxy's status is all that there is of its answer. */
function toConnect(text: string): boolean {
  return !/proxyconnect|tunnel failed|the proxy /.test(text);
}

const noRights = 'nobody was asked about rights';

function whyFailed(cause: Cause, hop: ExplainedHop, scene: Scene, text: string): string {
  const { from, to } = ends[hop];
  const at = scene.target.address === undefined ? '' : ` at ${scene.target.address}`;
  const kubelet = to === 'the kubelet';
  const handshake = /TLS handshake error from/.test(text);
  switch (cause) {
    case 'proxy failed':
      return toConnect(text)
        ? `something between ${from} and ${to}${at} refused to connect them, so that ${to} was not asked: an HTTP proxy (HTTPS_PROXY; nodes and the API server belong into NO_PROXY)${hop === 'API server -> kubelet' ? ', or the tunnel of k3s and RKE2 or konnectivity, whose agent on the node is not connected' : ''}. Of its answer to CONNECT, Go tells the words of the status alone`
        : `a proxy between ${from} and ${to} failed or refused, before ${to} was asked: nodes and the API server belong into NO_PROXY`;
    case 'name does not resolve':
      return `${from} could not turn the name of ${to}${at} into an address, so that nothing was sent and ${noRights}${/lookup \S+(?: on \S+)?: .*(?:i\/o timeout|refused|unreachable|no route|timed out)/.test(text) ? ': the DNS server that it asked does not answer' : ''}${hop === 'API server -> kubelet' ? '; kube-apiserver takes addresses in the order of --kubelet-preferred-address-types, and InternalIP first needs no DNS' : ''}`;
    case 'connection refused':
      return `${from} reached the machine${at}, but nothing listens on that port: ${to} is stopped or listens elsewhere, and ${noRights}`;
    case 'no route':
      return `${from} found no way to ${to}${at}: the machine is off, or its address or a route is wrong; ${noRights}`;
    case 'connection timed out':
      return `${from} got no answer at all from ${to}${at}: a firewall or security group drops the packets, or the machine is gone; ${noRights}`;
    case 'no answer':
      return isStageTold(text)
        ? `${from} reached ${to}${at}, but it did not answer in time: it hangs or is overloaded`
        : `${from} got no answer from ${to}${at} in time, and the text does not tell how far it came: a firewall may drop the packets, the machine may be gone, or ${to} may hang or be overloaded; nobody refused anything`;
    case 'not TLS':
      return handshake
        ? `somebody spoke to ${to} without TLS`
        : `what listens${at} does not speak TLS: it is not ${to}, or something stands in between`;
    case 'not HTTP':
      if (!isSpokenPlain(text))
        return `what listens${at} does not speak HTTP: it is not ${to}, or something stands in between`;
      return 'the client spoke plain HTTP to a port that speaks TLS: its address should begin with https://';
    case 'no serving certificate yet':
      return kubelet
        ? `the kubelet${at} has no serving certificate yet and ends every handshake (TLS alert 80): with serverTLSBootstrap it waits for somebody to approve its CSR of signer kubernetes.io/kubelet-serving; rights do not matter there`
        : `${to}${at} ended the TLS handshake with alert 80, an internal error; a kubelet does so while it has no serving certificate`;
    case 'handshake failed':
      if (handshake)
        return `a client that called ${scene.speaker === 'kubelet' ? 'the kubelet' : 'the API server'} ended the TLS handshake, mostly as it does not trust the certificate that it was shown: look at the log of that client`;
      return /timeout|did not complete/.test(text)
        ? `${to}${at} accepts connections but did not complete the TLS handshake: it hangs, or something in between swallows it`
        : `${to}${at} ended the TLS handshake with ${from}; a kubelet never does so for a client certificate, it answers 401, so that it is something in between or a TLS version or cipher`;
    case 'unknown issuer':
      return `${from} does not trust the authority that signed the certificate of ${to}${at}${kubelet ? ': a kubelet without tlsCertFile or serverTLSBootstrap signs its own' : ''}; ${noRights}`;
    case 'self-signed certificate':
      return `the certificate of ${to}${at} is self-signed, so that ${from} does not trust it; ${noRights}`;
    case 'certificate for another name':
      return `the certificate of ${to}${at} is not for the name or address that ${from} used${kubelet && /IP SANs/.test(text) ? ': the one that a kubelet makes itself has only its host name' : ''}; ${noRights}`;
    case 'certificate expired':
      return `the certificate of ${to}${at} has expired, or a clock is wrong; ${noRights}`;
    case 'certificate not yet valid':
      return `the certificate of ${to}${at} is not yet valid: a clock is wrong; ${noRights}`;
    case 'certificate not for servers':
      return `the certificate of ${to}${at} is not meant for servers (extended key usage serverAuth); ${noRights}`;
    default:
      return `the connection between ${from} and ${to}${at} was cut before an answer came`;
  }
}

function commandsFor(
  cause: Cause,
  hop: ExplainedHop,
  scene: Scene,
  text: string,
): readonly string[] {
  const toKubelet = hop.endsWith('-> kubelet');
  if (hop === 'API server -> webhook')
    return ['kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'];
  if (hop === 'API server -> aggregated API')
    return ['kubectl get apiservices', 'kubectl -n kube-system get pods -o wide'];
  if (hop === 'kubelet -> API server') return ['journalctl -u kubelet --since -10min'];
  if (cause === 'no serving certificate yet' && toKubelet)
    return [
      'kubectl get csr --field-selector spec.signerName=kubernetes.io/kubelet-serving',
      'kubectl certificate approve CSR',
    ];
  const certificate =
    tlsCauses.includes(cause) && cause !== 'not TLS' && cause !== 'handshake failed';
  const address = scene.target.address ?? '';
  const look =
    certificate && address.includes(':')
      ? [`openssl s_client -connect ${address} -showcerts </dev/null`]
      : [];
  if (toKubelet)
    return cause === 'connection refused'
      ? ['systemctl status kubelet', status]
      : cause === 'name does not resolve' ||
          cause === 'no route' ||
          cause === 'connection timed out' ||
          (cause === 'no answer' && !isStageTold(text))
        ? ['kubectl get nodes -o wide', status]
        : [...look, status];
  return hop === 'not told' ? [...look, status] : [...look, 'kubectl cluster-info'];
}

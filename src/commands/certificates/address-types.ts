import { foundIn, isFound } from '../../known.ts';
import {
  allOf,
  describeVerified,
  exceptFor,
  hasNodeName,
  isChainTrusted,
  isVerifiedBy,
  nodeName,
  type VerifiedTypes,
  verifiedTypes,
  wordOfType,
} from '../../kubelet/address-types.ts';
import { callers, verifyingSetting } from '../../kubelet/agents/verifying-settings.ts';
import { command } from '../../text/command.ts';
import { joinWords, summarize } from '../../text/list.ts';
import { formatCount, groupSimilar } from '../../text/similar-rows.ts';
import { commonPort, namedKubelet } from '../shared/fleet/serving-node.ts';
import { always, type Field, rowOf, textField, type ViewOf, wide } from '../shared/rows/fields.ts';
import type { CertificateFacts, NodeCertificate } from './facts.ts';
import type { NodeTable } from './render.ts';

interface AddressTypeSource {
  readonly node: NodeCertificate;
  readonly kubelet: ReturnType<typeof namedKubelet>;
}

const byType = {
  InternalIP: 'internalIP',
  ExternalIP: 'externalIP',
  Hostname: 'hostname',
  InternalDNS: 'internalDNS',
  ExternalDNS: 'externalDNS',
} as const;

export const addressTypesView: ViewOf<AddressTypeSource> = {
  kind: 'KubeletAddressTypeList',
  names: 'node',
  about:
    'Whether the serving certificate verifies at each address of its node. A field is absent if the node has no such address, or if the result is unknown.',
  columns: [
    textField('NODE', 'node', ({ node }) => node.name, always),
    textField('CHAIN', 'chain', ({ node }) => chainOf(node), {
      about:
        '`yes` if a trusted CA signed the certificate, whatever names it has; else a cause of docs/reference/causes.md.',
    }),
    ...Object.entries(byType).map(([type, key]) =>
      yesNo(type.toUpperCase(), key, ({ kubelet }) => isVerifiedBy(kubelet, type)),
    ),
    yesNo('NODE NAME', 'name', ({ kubelet }) => isVerifiedBy(kubelet, nodeName), {
      ...wide,
      about:
        'Whether the certificate verifies for the name of the Node object, which pods can read as spec.nodeName.',
    }),
    yesNo('CN', 'commonName', ({ node }) => hasCommonName(node), {
      about:
        'Whether the common name is system:node:NAME, as the feature gate KubeletCertCNValidation requires (kubernetes/enhancements#4872).',
    }),
  ],
};

function yesNo(
  head: string,
  key: string,
  of: (source: AddressTypeSource) => boolean | undefined,
  more: Partial<Field<AddressTypeSource>> = {},
): Field<AddressTypeSource> {
  const word = (value: boolean | undefined) =>
    value === undefined ? undefined : value ? 'yes' : 'no';
  return textField(head, key, (source) => word(of(source)), {
    ...{ type: ['yes', 'no'], tones: { yes: 'good', no: 'bad' } },
    ...more,
  });
}

export const addressTypesTable: NodeTable = {
  view: addressTypesView,
  rowsOf: ({ nodes }) =>
    nodes.map((node) => rowOf(addressTypesView, { node, kubelet: namedKubelet(node) })),
  fold: (rows) =>
    groupSimilar(rows, ({ node: _, ...state }) => JSON.stringify(state)).map((group) =>
      group.length === 1 ? group[0] : { ...group[0], node: formatCount(group.length, 'nodes') },
    ),
  // No cluster has addresses of all types.
  isSparse: true,
};

function chainOf({ shown, failed }: NodeCertificate): string | undefined {
  const verification = shown?.certificate.verification;
  if (!verification) return failed?.cause;
  if (isChainTrusted(verification)) return 'yes';
  return verification.result === 'refused' ? verification.cause : verification.result;
}

function hasCommonName({ node, shown }: NodeCertificate): boolean | undefined {
  return shown && node !== undefined ? hasNodeName(shown.certificate.name, node) : undefined;
}

const mostNames = 5;

/** Renders lines for stderr: the address types by which all certificates verify, and settings with which clients use these types. */
export function addressTypeLines(
  facts: CertificateFacts,
  bundle: string | undefined,
): readonly string[] {
  const types = verifiedTypes(facts.nodes.map(namedKubelet));
  if (types.nodes.length === 0) return [];
  return [
    ...(types.onAll.length > 0 ? settingLines(facts, types, bundle) : mendingLines(types)),
    ...commonNameLines(facts),
  ];
}

function settingLines(
  { nodes, podAuthorities }: CertificateFacts,
  types: VerifiedTypes,
  bundle: string | undefined,
): readonly string[] {
  const ofPods = foundIn(podAuthorities);
  const podCaVerifies = nodes.every(
    ({ shown }) =>
      !shown ||
      isChainTrusted(shown.certificate.verification) === undefined ||
      shown.certificate.authorities.some(({ fingerprint }) => ofPods?.has(fingerprint)),
  );
  const verifying = { types, bundle: bundle ?? 'FILE', podCaVerifies, port: commonPort(nodes) };
  const settings = callers.map((caller) => [caller, verifyingSetting(caller, verifying)] as const);
  const without = settings.filter(([, setting]) => setting === undefined);
  const [first = nodeName] = types.onAll;
  return [
    `note: ${describeVerified(types)}`,
    ...settings.flatMap(([caller, setting]) =>
      setting === undefined ? [] : `hint: ${caller}: ${setting}`,
    ),
    ...(without.length === 0
      ? []
      : [
          `note: ${joinWords(
            without.map(([caller]) => caller),
            'and',
          )} cannot be set to verify all of them`,
        ]),
    ...(bundle === undefined
      ? ['hint: to write FILE: kubectl kubeletaccess certificates --ca-bundle FILE']
      : []),
    ...(first.endsWith('IP')
      ? []
      : [`note: ${wordOfType(first)} has to resolve where the program runs`]),
    ...(podAuthorities && !isFound(podAuthorities)
      ? [
          `note: whether the CA that pods have verifies kubelets is unknown: ${podAuthorities.unknown}`,
        ]
      : []),
  ];
}

function mendingLines({ counts, nodes, unknown }: VerifiedTypes): readonly string[] {
  const [best] = counts.toSorted((a, b) => b.verified - a.verified);
  const listed = counts.map(
    ({ type, verified, others }) =>
      `${type} on ${verified}${verified === 0 ? '' : ` (not ${summarize(others, mostNames)})`}`,
  );
  return [
    `warning: no address type verifies on ${allOf(nodes)}: ${listed.join(', ')}${exceptFor(unknown)}`,
    ...(best
      ? [
          `hint: on ${summarize(best.others, mostNames)}: set serverTLSBootstrap: true in the KubeletConfiguration, and restart the kubelet`,
          command`hint: then approve its request, as Kubernetes approves none by itself: kubectl kubeletaccess certificates ${best.others.slice(0, mostNames)}`,
        ]
      : []),
  ];
}

function commonNameLines({ nodes }: CertificateFacts): readonly string[] {
  const known = nodes.filter((node) => hasCommonName(node) !== undefined);
  const others = known.filter((node) => hasCommonName(node) === false);
  const gate = 'KubeletCertCNValidation of kube-apiserver';
  if (known.length === 0) return [];
  return [
    others.length === 0
      ? `note: ${gate} would deny none of these certificates: each has the CN system:node:NAME`
      : `note: ${gate} would deny ${summarize(others, mostNames, ({ name, shown }) => `${name} (CN ${shown?.certificate.name})`)}: the CN is not system:node:NAME`,
  ];
}

import type { Finding } from '../../../kubelet/finding.ts';
import type { PolicyRule } from '../../../objects.ts';
import type { Detail, ShownFinding } from '../../../text/finding.ts';
import { summarize } from '../../../text/list.ts';
import type { Scope } from '../../../text/shown.ts';

const mostEvidence = 4;

/** @param all number of nodes that the report is about: a finding of all of them names none */
export function shownFinding(
  { message, severity, nodeNames, evidence, commands, ...rest }: Finding<string, PolicyRule>,
  all: number,
  { isWide, isDocument }: Scope,
): ShownFinding {
  const shown = isWide ? evidence : evidence.slice(0, mostEvidence);
  const left = evidence.length - shown.length;
  const isOfSome =
    nodeNames.length > 0 && nodeNames.length < all && !message.startsWith(nodeNames[0] ?? '');
  return {
    ...{ severity, message, commands },
    details: [
      ...(isOfSome ? [{ text: `on ${summarize(nodeNames, isDocument ? 10 : 5)}` }] : []),
      ...shown.map((text) => ({ text })),
      ...(left > 0 ? [{ text: `(${left} more with -o wide)` }] : []),
      ...remedyDetails(rest),
    ],
  };
}

function remedyDetails({
  remedy,
  missingRule,
}: Pick<Finding<string, PolicyRule>, 'remedy' | 'missingRule'>): readonly Detail[] {
  return [
    ...(remedy === '' ? [] : [{ label: 'remedy', text: remedy }]),
    ...(missingRule ? [{ label: 'missing rule', text: flowYaml(missingRule) }] : []),
  ];
}

function flowYaml({ apiGroups = [], resources = [], verbs }: PolicyRule): string {
  return `{apiGroups: ${JSON.stringify(apiGroups)}, resources: ${JSON.stringify(resources)}, verbs: ${JSON.stringify(verbs)}}`;
}

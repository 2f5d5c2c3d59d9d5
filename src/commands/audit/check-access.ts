import { foundIn } from '../../known.ts';
import { kubeletAttributes } from '../../kubelet/authorization.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { type SecuritySettings, securitySettings } from '../../kubelet/configz.ts';
import type { Reach } from '../../kubelet/reach.ts';
import { summarize } from '../../text/list.ts';
import { anonymousPath } from './anonymous-answer.ts';
import type { NodeAuditFacts, SelectedRules } from './facts.ts';
import { type AuditFinding, firstSelected, violationOn } from './finding.ts';

/** @param reach undefined if RBAC could not be read */
export function checkAccess(
  node: NodeAuditFacts,
  reach: readonly Reach[] | undefined,
  rules: SelectedRules,
): readonly AuditFinding[] {
  const configuration = foundIn(node.configuration);
  const settings = configuration && securitySettings(configuration.value);
  return [
    ...checkAnonymous(node, settings, reach, rules),
    ...(settings ? [] : checkAuthorization(node, reach)),
    ...checkReadOnlyPort(node, settings),
  ];
}

function checkAnonymous(
  { name, anonymous }: NodeAuditFacts,
  settings: SecuritySettings | undefined,
  reach: readonly Reach[] | undefined,
  rules: SelectedRules,
): readonly AuditFinding[] {
  const asked = `GET ${anonymousPath} without a credential`;
  const answer = foundIn(anonymous);
  if (answer?.result === 'served') {
    const bindings = reach === undefined ? [] : anonymousBindings(reach, name);
    const names = summarize(bindings, 3, oneLine);
    const by = names && `, allowed by ClusterRoleBinding ${names}`;
    const evidence = `${asked} was answered ${answer.status}${by}`;
    // Anonymous authentication is on as well.
    return firstSelected(
      [violationOn(name, 'KA001', evidence), violationOn(name, 'KA002', evidence)],
      rules,
    );
  }
  if (answer?.result === 'forbidden')
    return [violationOn(name, 'KA002', `${asked}: ${answer.words}`)];
  // A 401 shows that anonymous authentication is off, whatever the configuration says.
  if (answer === undefined && settings?.anonymous)
    return [violationOn(name, 'KA002', 'authentication.anonymous.enabled is true')];
  return [];
}

/** Finds KA003 if the configuration is unknown: RBAC denies anonymous requests, but the kubelet serves one. */
function checkAuthorization(
  { name, anonymous }: NodeAuditFacts,
  reach: readonly Reach[] | undefined,
): readonly AuditFinding[] {
  if (foundIn(anonymous)?.result !== 'served' || reach === undefined) return [];
  if (anonymousBindings(reach, name).length > 0) return [];
  const evidence =
    'it serves system:anonymous, which RBAC denies: AlwaysAllow, or an authorizer other than RBAC';
  return [violationOn(name, 'KA003', evidence)];
}

function anonymousBindings(reach: readonly Reach[], node: string): readonly string[] {
  const { subresources } = kubeletAttributes('GET', anonymousPath, Number.POSITIVE_INFINITY);
  const opens = subresources.map((name) => `nodes/${name}`);
  return reach
    .filter(
      ({ subject: { kind, name } }) =>
        (kind === 'User' && name === 'system:anonymous') ||
        (kind === 'Group' && name === 'system:unauthenticated'),
    )
    .flatMap(({ by }) => by)
    .filter(({ permissions }) =>
      permissions.some(
        ({ resource, verb, nodeNames: nodes }) =>
          verb === 'get' && opens.includes(resource) && (nodes?.includes(node) ?? true),
      ),
    )
    .map(({ binding }) => binding);
}

function checkReadOnlyPort(
  { name, readOnly }: NodeAuditFacts,
  settings: SecuritySettings | undefined,
): readonly AuditFinding[] {
  const answer = foundIn(readOnly);
  const configured = settings?.readOnlyPort ?? 0;
  if (answer?.result === 'served')
    return [
      violationOn(name, 'KA004', `port ${answer.port} serves ${anonymousPath} over plain HTTP`),
    ];
  if (configured === 0) return [];
  const from = answer ? 'refuses connections from here' : 'does not answer here';
  return [
    violationOn(name, 'KA004', `readOnlyPort is ${configured}, which ${from}`, {
      // The port did not answer this program, but other machines or pods may reach it.
      severity: 'medium',
      message: 'a read-only port is configured',
    }),
  ];
}

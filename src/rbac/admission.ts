import { command } from '../text/command.ts';

/** The API server's answer when an admission policy or webhook denies a request, after RBAC allowed it; parsed. */
export interface AdmissionDenial {
  readonly by: 'ValidatingAdmissionPolicy' | 'admission webhook';
  readonly name: string;
  /** Binding of a ValidatingAdmissionPolicy. */
  readonly binding?: string;
  /** Policies that an engine behind the webhook names, such as Kyverno's and Gatekeeper's. */
  readonly policies: readonly string[];
  /** The words that name it, in the message. */
  readonly evidence: string;
}

// A policy that cannot be evaluated denies with the same words.
const policyForm =
  /ValidatingAdmissionPolicy '([^'\n]{1,253})' with binding '([^'\n]{1,253})' denied request/;
const webhookForm = /admission webhook "([^"\n]{1,253})" denied the request/;
const anyForm = new RegExp(`${policyForm.source}|${webhookForm.source}`, 'g');

/** How much of a webhook's explanation is searched for the names of policies. */
const longestExplanation = 2_000;
const mostPolicies = 5;

/**
 * Finds denials by admission in a Status message or around it, whatever its status: policies choose 403 or 422, webhooks any.
 * Sources: k8s.io/apiserver/pkg/admission/plugin/policy/validating/dispatcher.go, and ToStatusErr in
 * k8s.io/apiserver/pkg/admission/plugin/webhook/errors/statuserror.go.
 */
export function parseAdmissionDenials(text: string): readonly AdmissionDenial[] {
  return [...text.matchAll(anyForm)].map((match): AdmissionDenial => {
    const [evidence, policy, binding, webhook = ''] = match;
    if (policy !== undefined && binding !== undefined)
      return { by: 'ValidatingAdmissionPolicy', name: policy, binding, policies: [], evidence };
    const start = match.index + evidence.length;
    const explanation = text.slice(start, start + longestExplanation);
    return { by: 'admission webhook', name: webhook, policies: policiesIn(explanation), evidence };
  });
}

/** Kyverno lists policies after a heading; Gatekeeper writes `[CONSTRAINT]` before each reason. */
function policiesIn(explanation: string): readonly string[] {
  const [, listed] =
    /due to the following policies\s{1,10}([\w.-]{1,253}):/.exec(explanation) ?? [];
  if (listed !== undefined) return [listed];
  if (!explanation.startsWith(': [')) return [];
  const constraints = explanation.matchAll(/(?:^: |\n)\[(?:denied by )?([\w.-]{1,253})\]/g);
  return [...new Set([...constraints].map(([, name = '']) => name))].slice(0, mostPolicies);
}

/** `ValidatingAdmissionPolicy NAME (binding NAME)`, `admission webhook NAME (policy NAME)`. */
export function formatAdmissionDenial({ by, name, binding, policies }: AdmissionDenial): string {
  if (binding !== undefined) return `${by} ${name} (binding ${binding})`;
  return policies.length > 0 ? `${by} ${name} (policy ${policies.join(', ')})` : `${by} ${name}`;
}

/** The command that shows what denied a request. */
export function admissionCommand({ by, name }: AdmissionDenial): string {
  return by === 'admission webhook'
    ? 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'
    : command`kubectl get validatingadmissionpolicy ${name} -o yaml`;
}

/** Whether a denial says that it is about nodes/proxy. */
export function isAboutNodeProxy(text: string): boolean {
  return /nodes?[-_/ ]?proxy/i.test(text);
}

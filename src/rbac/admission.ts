import { command } from '../text/command.ts';

/** A request that an admission policy or webhook denied after RBAC allowed it. */
export interface AdmissionDenial {
  readonly by: 'ValidatingAdmissionPolicy' | 'admission webhook';
  readonly name: string;
  readonly binding?: string;
  /** Policies that the webhook's message names, for example policies of Kyverno or Gatekeeper. */
  readonly policies: readonly string[];
  /** The part of the message that names the policy or webhook. */
  readonly evidence: string;
}

// The API server also sends this text if it cannot evaluate a policy.
const policyForm =
  /ValidatingAdmissionPolicy '([^'\n]{1,253})' with binding '([^'\n]{1,253})' denied request/;
const webhookForm = /admission webhook "([^"\n]{1,253})" denied the request/;
const anyForm = new RegExp(`${policyForm.source}|${webhookForm.source}`, 'g');

/** Maximum number of characters of a webhook's message in which policy names are searched. */
const longestExplanation = 2_000;
const mostPolicies = 5;

/**
 * Finds denials by admission policies and webhooks in the message of a Status. Any status code may be a denial: policies choose 403
 * or 422, webhooks any code.
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

/**
 * Finds the names of policies in a webhook's message. Kyverno lists them after a heading; Gatekeeper writes `[CONSTRAINT]` before
 * each reason.
 */
function policiesIn(explanation: string): readonly string[] {
  const [, listed] =
    /due to the following policies\s{1,10}([\w.-]{1,253}):/.exec(explanation) ?? [];
  if (listed !== undefined) return [listed];
  if (!explanation.startsWith(': [')) return [];
  const constraints = explanation.matchAll(/(?:^: |\n)\[(?:denied by )?([\w.-]{1,253})\]/g);
  return [...new Set([...constraints].map(([, name = '']) => name))].slice(0, mostPolicies);
}

export function formatAdmissionDenial({ by, name, binding, policies }: AdmissionDenial): string {
  if (binding !== undefined) return `${by} ${name} (binding ${binding})`;
  return policies.length > 0 ? `${by} ${name} (policy ${policies.join(', ')})` : `${by} ${name}`;
}

export function admissionCommand({ by, name }: AdmissionDenial): string {
  return by === 'admission webhook'
    ? 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations'
    : command`kubectl get validatingadmissionpolicy ${name} -o yaml`;
}

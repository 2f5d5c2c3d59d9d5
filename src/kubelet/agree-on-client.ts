import type { Node } from '../objects.ts';
import { summarize } from '../text/list.ts';
import { flavourOfAll, flavours, kubeletClientNames } from './flavours.ts';

/** The identity that kube-apiserver presents to kubelets. */
export type KubeletClient =
  /** Named by the denials of kubelets. */
  | { readonly known: true; readonly userName: string }
  /** These nodes denied nothing, so none named it: it may do all that it was probed for. */
  | { readonly known: false; readonly nodes: readonly string[] };

/** The node's answer about kube-apiserver. */
export interface ClientAnswer {
  readonly node: string;
  readonly words: string;
  readonly says: /** A denial. */
    | { readonly userName: string }
    | 'nothing denied'
    /** The kubelet answered with neither. */
    | 'something else'
    | 'no answer'
    | 'not asked';
}

/** Why nobody is known. */
interface Disagreement {
  readonly known: undefined;
  readonly because: string;
  /** Whether a node named somebody. */
  readonly isNamed: boolean;
}

/**
 * Whom the nodes name, if they agree: a single one must not choose who is granted access to all. A name of an installer, which no user
 * is to have, needs one node, and none that denies nothing. Any other needs two thirds of those chosen, two at least, and no answer
 * but the same denial: up to a third of the nodes may lie together, whatever the rest answer.
 * @param answers of all nodes, or of some chosen at random; a node may have several
 */
export function agreeOnClient(
  answers: readonly ClientAnswer[],
  knownNames: readonly string[],
): KubeletClient | Disagreement {
  const naming = answers.flatMap(({ node, says }) =>
    typeof says === 'object' ? { node, userName: says.userName } : [],
  );
  const isSaid = (what: ClientAnswer['says']) => answers.some(({ says }) => says === what);
  const users = new Set(naming.map((each) => each.userName));
  const [userName] = users;
  if (userName === undefined) {
    const denyNothing = answers.filter(({ says }) => says === 'nothing denied');
    const all = denyNothing.length > 0 && !isSaid('something else') && !isSaid('no answer');
    // A node that allows kube-apiserver everything says nothing about those that did not answer.
    return all
      ? { known: false, nodes: nodesOf(denyNothing) }
      : { known: undefined, because: 'no kubelet named it', isNamed: false };
  }
  const differ = (because: string) => ({ known: undefined, because, isNamed: true }) as const;
  if (users.size > 1) return differ('kubelets name different users');
  if (isSaid('nothing denied'))
    return differ(`some kubelets deny user "${userName}", others deny nothing`);
  if (knownNames.includes(userName)) return { known: true, userName };
  const agreeing = nodesOf(naming);
  const enough = Math.max(2, Math.ceil((nodesOf(answers).length * 2) / 3));
  return agreeing.length >= enough && !isSaid('something else')
    ? { known: true, userName }
    : differ(`only ${summarize(agreeing, 3)} says that it is user "${userName}"`);
}

function nodesOf(answers: readonly Pick<ClientAnswer, 'node'>[]): readonly string[] {
  return [...new Set(answers.map(({ node }) => node))];
}

/** The name of kube-apiserver in such a cluster; of all installers if its kind is unknown. */
export function clientNamesOf(nodes: readonly Node[]): readonly string[] {
  const flavour = flavourOfAll(nodes);
  const { client } = flavour === undefined ? {} : flavours[flavour];
  return client === undefined ? kubeletClientNames : [client];
}

import type { Node } from '../objects.ts';
import { summarize } from '../text/list.ts';
import { flavourOfAll, flavours, kubeletClientNames } from './flavours.ts';

export type KubeletClient =
  /** Denials of kubelets name the user. */
  | { readonly known: true; readonly userName: string }
  /** These nodes allowed every probe, so no denial names the user. */
  | { readonly known: false; readonly nodes: readonly string[] };

export interface ClientAnswer {
  readonly node: string;
  readonly words: string;
  readonly says: /** A denial. */
    | { readonly userName: string }
    | 'nothing denied'
    /** The kubelet answered with an error that shows neither a denial nor a permission. */
    | 'something else'
    | 'no-answer'
    | 'not-asked';
}

interface Disagreement {
  readonly known: undefined;
  readonly because: string;
  readonly isNamed: boolean;
}

/**
 * Returns kube-apiserver's user if the nodes agree on its name. They disagree if they name several users, or if only some of them deny
 * requests. One node is enough for a name that installers use (`knownNames`). Any other name must come from two thirds of the asked nodes,
 * and from at least two: a single node must not choose who gets access to all nodes, and up to a third of the nodes may lie.
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
    const all = denyNothing.length > 0 && !isSaid('something else') && !isSaid('no-answer');
    // A node without a clear answer might deny requests and name the user, even if all other nodes deny nothing.
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

/** If the flavour is unknown, returns the names of all flavours. */
export function clientNamesOf(nodes: readonly Node[]): readonly string[] {
  const flavour = flavourOfAll(nodes);
  const { client } = flavour === undefined ? {} : flavours[flavour];
  return client === undefined ? kubeletClientNames : [client];
}

import { type Case, withCluster } from '../case.ts';

/** Returns a case that verifies the certificate of the server `manyNames` for a name. The certificate does not contain all these names. */
const named = (name: string): Case =>
  withCluster(
    `the name ${name} is compared with a certificate of many names`,
    `server: "{{manyNames}}", certificate-authority: {{ca}}, tls-server-name: "${name}"`,
  );

export const certificateNameCases: readonly Case[] = [
  ...'api.internal|API.Internal|api.internal.|a.api.internal|internal'.split('|'),
  ...'api.kube.test|ai.kube.test|a*i.kube.test|x.deep.kube.test'.split('|'),
  ...'x.y.deep.kube.test|deep.kube.test|*.deep.kube.test|-x.deep.kube.test'.split('|'),
  ...'x_y.deep.kube.test|localhost|single|mixed.kube.test|dot|dot.|10.0.0.1'.split('|'),
  ...'::ffff:10.0.0.1|10.0.0.2'.split('|'),
].map(named);

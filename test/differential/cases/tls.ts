import { type Case, casesOf, kubeconfig, withCluster } from '../case.ts';

const trusting = (
  title: string,
  server: string,
  ca: string,
  more: Omit<Case, 'title'> = {},
): Case => withCluster(title, `server: "{{${server}}}", ${ca}`, more);

const ca = 'certificate-authority: {{ca}}';
const bundle = (title: string, server: string, text: string): Case =>
  trusting(title, server, 'certificate-authority: bundle', { files: { bundle: text } });
const garbage = '-----BEGIN CERTIFICATE-----\nMIIBgarbage\n-----END CERTIFICATE-----';
const noCertificate = '-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----';

const authorities: readonly Case[] = [
  ...casesOf(
    (title, [server, fields]: readonly [string, string]) => trusting(title, server, fields),
    {
      'a CA in a file is trusted': ['https', ca],
      'a CA as data is trusted': ['https', 'certificate-authority-data: {{caData}}'],
      'a CA as file and as data is an error': [
        'https',
        `${ca}, certificate-authority-data: {{caData}}`,
      ],
      'a CA as file and as other data is an error': [
        'https',
        `${ca}, certificate-authority-data: {{otherCaData}}`,
      ],
      'a cluster has a CA that did not sign the certificate of the server': ['otherCaHttps', ca],
      'no CA means the CAs of the system': ['https', 'tls-server-name: ""'],
      'an empty CA means the CAs of the system': ['https', 'certificate-authority: ""'],
      'a missing CA file is an error': ['https', 'certificate-authority: missing'],
      'a CA file that is a folder is an error': ['https', 'certificate-authority: .'],
    },
  ),
  ...casesOf((title, text: string) => bundle(title, 'https', text), {
    'the CA file is empty': '',
    'the CA file has no certificate': 'nothing\n',
    'a bundle whose second CA signed the certificate': '{{otherCaPem}}\n{{caPem}}\n',
    'a bundle whose first CA signed the certificate': '{{caPem}}\n{{otherCaPem}}\n',
    'a CA file may have text around certificates': 'Issuer: x\n{{caPem}}\ntrailing words\n',
    'a CA file may have CRLF line ends': '{{caPem}}\r\n',
    'a CA has no line break at its end': '{{caPem}}',
    'a bad certificate before a good one is skipped': `${noCertificate}\n{{caPem}}\n`,
    'malformed base64 precedes a good certificate in a CA file': `${garbage}\n{{caPem}}\n`,
    'a CA file has only bad certificates': `${noCertificate}\n`,
    'a key beside the certificate is skipped': '{{keyPem}}\n{{caPem}}\n',
    'a byte order mark precedes a CA': '\uFEFF{{caPem}}\n',
    'the lines of a CA begin with spaces': '  {{caPem}}\n',
    "the server's own certificate is trusted if it is the CA": '{{leafPem}}\n',
  }),
  bundle('an intermediate given as CA is trusted', 'leafOfIntermediate', '{{intermediatePem}}\n'),
  bundle(
    'an intermediate is given as CA, and the server sends it, too',
    'chainOfIntermediate',
    '{{intermediatePem}}\n',
  ),
  bundle(
    'the CA is the root, and the server sends the intermediate',
    'chainOfIntermediate',
    '{{caPem}}\n',
  ),
  bundle(
    'the CA is the root, and the server does not send the intermediate',
    'leafOfIntermediate',
    '{{caPem}}\n',
  ),
  bundle(
    'the CA file has root and intermediate, and the server sends neither',
    'leafOfIntermediate',
    '{{caPem}}\n{{intermediatePem}}\n',
  ),
];

const systemCas: readonly Case[] = [
  trusting('SSL_CERT_FILE is used without a CA of the cluster', 'https', 'tls-server-name: ""', {
    env: { SSL_CERT_FILE: '{{ca}}' },
  }),
  trusting('SSL_CERT_FILE is not used beside a CA of the cluster', 'otherCaHttps', ca, {
    env: { SSL_CERT_FILE: '{{otherCa}}' },
  }),
  trusting('SSL_CERT_FILE names a missing file', 'https', 'tls-server-name: ""', {
    env: { SSL_CERT_FILE: '{{dir}}/missing' },
  }),
  trusting('SSL_CERT_FILE has another CA', 'https', 'tls-server-name: ""', {
    env: { SSL_CERT_FILE: '{{otherCa}}' },
  }),
  trusting('SSL_CERT_DIR is used without a CA of the cluster', 'https', 'tls-server-name: ""', {
    env: { SSL_CERT_DIR: '{{dir}}/certs', SSL_CERT_FILE: '{{otherCa}}' },
    files: { 'certs/ca.pem': '{{caPem}}' },
  }),
  trusting(
    "the server's own certificate is trusted if it is in SSL_CERT_FILE",
    'https',
    'tls-server-name: ""',
    {
      env: { SSL_CERT_FILE: '{{leaf}}' },
    },
  ),
];

const certificates: readonly Case[] = [
  ...casesOf(
    (title, [server, fields]: readonly [string, string]) => trusting(title, server, fields),
    {
      'a certificate with only a common name is refused': ['commonNameOnly', ca],
      'a certificate for clients is refused': ['clientAuthOnly', ca],
      'an expired certificate is refused': ['expired', ca],
      'a certificate of another name is refused': ['otherName', ca],
      'tls-server-name is the name that the certificate must have': [
        'otherName',
        `${ca}, tls-server-name: other.test`,
      ],
      'a tls-server-name that the certificate lacks is refused': [
        'https',
        `${ca}, tls-server-name: other.test`,
      ],
      'tls-server-name may be an IP address': ['https', `${ca}, tls-server-name: 127.0.0.1`],
      'tls-server-name may be upper-case': ['https', `${ca}, tls-server-name: KUBE.TEST`],
      'tls-server-name may end with a dot': ['https', `${ca}, tls-server-name: kube.test.`],
      'tls-server-name is sent without verification, too': [
        'https',
        'tls-server-name: x.test, insecure-skip-tls-verify: true',
      ],
    },
  ),
];

const insecure: readonly Case[] = [
  ...casesOf(
    (title, [server, fields]: readonly [string, string]) => trusting(title, server, fields),
    {
      'insecure-skip-tls-verify accepts a server that an unknown CA signed': [
        'otherCaHttps',
        'insecure-skip-tls-verify: true',
      ],
      'insecure-skip-tls-verify accepts an expired certificate': [
        'expired',
        'insecure-skip-tls-verify: true',
      ],
      'insecure-skip-tls-verify accepts a certificate with only a common name': [
        'commonNameOnly',
        'insecure-skip-tls-verify: true',
      ],
      'insecure-skip-tls-verify accepts a certificate of another name': [
        'otherName',
        'insecure-skip-tls-verify: true',
      ],
      'insecure-skip-tls-verify together with a CA file is an error': [
        'https',
        `${ca}, insecure-skip-tls-verify: true`,
      ],
      'insecure-skip-tls-verify together with CA data is an error': [
        'https',
        'certificate-authority-data: {{caData}}, insecure-skip-tls-verify: true',
      ],
      'insecure-skip-tls-verify: false verifies the server': [
        'https',
        `${ca}, insecure-skip-tls-verify: false`,
      ],
    },
  ),
  {
    title: 'insecure-skip-tls-verify still sends the client certificate',
    files: {
      config: kubeconfig({
        cluster: 'server: "{{otherCaHttps}}", insecure-skip-tls-verify: true',
        user: 'client-certificate: {{cert}}, client-key: {{key}}',
      }),
    },
  },
];

const nodeVariables: readonly Case[] = [
  trusting('NODE_EXTRA_CA_CERTS has no effect', 'https', 'tls-server-name: ""', {
    env: { NODE_EXTRA_CA_CERTS: '{{ca}}' },
  }),
  trusting('NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect', 'otherCaHttps', ca, {
    env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
  }),
  trusting('NODE_OPTIONS=--use-system-ca has no effect', 'https', ca, {
    env: { NODE_OPTIONS: '--use-system-ca --no-such-option' },
  }),
  trusting('NODE_OPTIONS=--require has no effect', 'https', ca, {
    env: { NODE_OPTIONS: '--require={{dir}}/evil.cjs' },
    files: { 'evil.cjs': 'process.exit(9);' },
  }),
  trusting('NODE_USE_ENV_PROXY has no effect', 'https', ca, {
    env: { NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: '{{proxy}}' },
  }),
  trusting('NODE_DEBUG has no effect', 'https', ca, { env: { NODE_DEBUG: 'http,tls' } }),
  trusting('OPENSSL_CONF has no effect', 'https', ca, {
    env: { OPENSSL_CONF: '{{dir}}/openssl.cnf' },
    files: { 'openssl.cnf': 'nonsense = [\n' },
  }),
];

export const tlsCases: readonly Case[] = [
  ...authorities,
  ...systemCas,
  ...certificates,
  ...insecure,
  ...nodeVariables,
];

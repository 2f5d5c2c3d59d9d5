import * as assert from 'uvu/assert';
import { settingsOfJobs } from '../../../src/kubelet/agents/prometheus-config.ts';
import { suite } from '../../kit/suite.ts';

const file = '/etc/p.yml';
const job = (tls: object, more: object = {}) => ({
  ...{ scheme: 'https', kubernetes_sd_configs: [{ role: 'node' }], tls_config: tls },
  ...more,
});
const ca = { ca_file: '/ca/ca.crt' };
const verifying = {
  verifies: 'yes',
  caFile: { path: '/ca/ca.crt', setBy: 'ca_file in /etc/p.yml', namedIn: file },
};

suite('how jobs of Prometheus verify kubelets', (test) => {
  const cases: Readonly<Record<string, readonly [unknown, unknown]>> = {
    'is "yes" if all jobs have a CA file': [[job(ca), job(ca)], verifying],
    'is "no" if the jobs have insecure_skip_verify': [
      [job({ ...ca, insecure_skip_verify: true })],
      { verifies: 'no', because: 'insecure_skip_verify in /etc/p.yml' },
    ],
    'is unknown if only some jobs verify': [
      [job(ca), job({ insecure_skip_verify: true })],
      undefined,
    ],
    'is unknown if the jobs use the CAs of the image': [[job({})], undefined],
    'does not depend on jobs for other targets or through the API server': [
      [
        job({ insecure_skip_verify: true }, { kubernetes_sd_configs: [{ role: 'pod' }] }),
        job({ insecure_skip_verify: true }, { scheme: 'http' }),
        job(
          { insecure_skip_verify: true },
          { relabel_configs: [{ target_label: '__address__', replacement: 'kubernetes' }] },
        ),
        job(ca, { relabel_configs: [{ action: 'labelmap' }] }),
      ],
      verifying,
    ],
    'is unknown without jobs': [[], undefined],
    'is unknown if the configuration is invalid': ['x', undefined],
  };
  for (const [title, [jobs, expected]] of Object.entries(cases))
    test(title, () => assert.equal(settingsOfJobs({ scrape_configs: jobs }, file), expected));
});

// `node serve.ts proxy|webhooks DIRECTORY`: runs a server beside the API server of a cluster until it is killed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { impersonatingProxy } from '../../likeness/impersonating-proxy.ts';
import { operatorTokens } from '../../likeness/operator.ts';
import { bridgeAddress } from '../network.ts';
import { apiServerUrl } from '../pki.ts';
import { type ServerName, serverPorts } from './start-server.ts';
import { webhooks } from './webhooks.ts';

const [kind = '', directory = ''] = process.argv.slice(2);
const pem = (name: string) => readFileSync(join(directory, 'pki', name), 'utf8');
const pair = (name: string) => ({ cert: pem(`${name}.crt`), key: pem(`${name}.key`) });

const server =
  kind === 'proxy'
    ? impersonatingProxy({
        serving: pair(kind),
        server: apiServerUrl,
        admin: pair('admin'),
        ca: pem('ca.crt'),
        callers: operatorTokens,
      })
    : webhooks(pair('webhooks'), operatorTokens);
server.listen(serverPorts[kind as ServerName], bridgeAddress);

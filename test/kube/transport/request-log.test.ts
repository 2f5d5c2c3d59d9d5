import * as assert from 'uvu/assert';
import { createRequestLog } from '../../../src/kube/transport/request-log.ts';
import { suite } from '../../kit/suite.ts';

suite('the log of requests at -v=8', (test) => {
  test('masks secrets that a server issues: cookies, and the token in the URL of a stream', () => {
    const notes: string[] = [];
    const headers = ['Location', 'https://10.0.0.5:10250/cri/exec/s3cr3t', 'Set-Cookie', 's3cr3t'];
    const sent = { method: 'POST', url: 'https://10.0.0.5:10250/exec/a/b/c', headers: {} };
    createRequestLog(8, (text) => notes.push(text))?.received(sent, 1, '302 Found', [
      ...headers,
      ...['Content-Type', 'text/html'],
    ]);
    const text = notes.join('');
    assert.not.match(text, 's3cr3t');
    assert.match(text, 'Content-Type: text/html');
  });
});

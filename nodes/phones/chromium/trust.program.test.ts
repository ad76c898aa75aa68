import { execFileSync } from 'node:child_process';
import { makeCa } from '../../ue/testing/certificates';
import { TestFolder } from '../../ue/testing/folder';
import { trustIn } from './trust';

it('the home of a phone trusts the authority, also when the phone starts there again', async () => {
  using folder = new TestFolder();
  const home = folder.file('home');
  for (const name of ['first', 'second']) await trustIn(home, makeCa(folder, name).certificateFile);
  const list = execFileSync('certutil', ['-L', '-n', 'lab', '-d', `sql:${home}/.pki/nssdb`]).toString();
  expect(list).toContain('Subject: "CN=second');
  expect(list).toContain('Trusted CA');
});
